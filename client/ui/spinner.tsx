import { LoaderCircle } from 'lucide-react';
import { classNames } from './class-names.ts';

/** Something is under way. Name it with `label` unless text beside it does. */
export function Spinner({ label, size = 14, className }: { label?: string; size?: number; className?: string }) {
  return (
    <span role={label ? 'status' : undefined} className={classNames('inline-flex', className)}>
      <LoaderCircle size={size} className="animate-spin" aria-hidden />
      {label && <span className="sr-only">{label}</span>}
    </span>
  );
}
