import { Kbd } from '../ui/kbd.tsx';
import { keyCaps } from './keys.ts';

/** Keys as they stand on the keyboard, beside a command. */
export function KeyCaps({ keys }: { keys: string | undefined }) {
  if (keys === undefined) return null;
  return (
    <span className="flex shrink-0 items-center gap-1">
      {keyCaps(keys).map((cap) => (
        <Kbd key={cap}>{cap}</Kbd>
      ))}
    </span>
  );
}
