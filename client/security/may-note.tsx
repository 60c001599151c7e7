import { Lock } from 'lucide-react';
import { useMay } from '../may.ts';

/** Why the buttons of a page of security material can't be pressed. */
export function MayNote() {
  const mayChange = useMay('material');
  const mayAdd = useMay('material-add');
  if (mayChange) return null;
  return (
    <p className="text-ink-soft mb-3 flex items-center gap-2 text-sm">
      <Lock size={14} aria-hidden />
      {mayAdd
        ? 'Your role may add security material; administrators change and delete it.'
        : 'Your role may see security material; administrators change it.'}
    </p>
  );
}
