import { Ban } from 'lucide-react';
import type { Position } from '../../shared/flow.ts';

/** Why something must not be dropped here, beside the pointer. `at` in the coordinates of the parent. */
export function PointerHint({ at, text }: { at: Position; text: string }) {
  return (
    <output
      style={{ transform: `translate(${at.x + 14}px, ${at.y + 14}px)` }}
      className="bg-ink text-canvas pointer-events-none absolute top-0 left-0 z-50 flex items-center gap-1.5 rounded-md px-2 py-1 text-xs whitespace-nowrap shadow-md"
    >
      <Ban size={13} aria-hidden />
      {text}
    </output>
  );
}
