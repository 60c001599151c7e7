import { classNames } from './class-names.ts';

/** The grey shape of `rows` lines that are being loaded. */
export function Skeleton({ rows = 3, className }: { rows?: number; className?: string }) {
  return (
    <div className={classNames('flex flex-col gap-3 p-4', className)}>
      <output className="sr-only">Loading…</output>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} aria-hidden className="bg-sunken h-4 animate-pulse rounded-sm" style={{ width: `${92 - ((row * 17) % 40)}%` }} />
      ))}
    </div>
  );
}
