import { useId, type ReactNode } from 'react';

/** One of several controls within a field, with its label at the left. */
export function LabelledRow({ label, unit, children }: { label: string; unit?: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className="flex items-center gap-2 text-sm">
      <label htmlFor={id} className="text-ink-soft w-24 shrink-0">
        {label}
      </label>
      <div className="min-w-0 flex-1">{children(id)}</div>
      {unit && <span className="text-ink-soft text-xs">{unit}</span>}
    </div>
  );
}
