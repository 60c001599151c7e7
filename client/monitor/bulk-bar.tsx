import type { Tally } from './several.ts';

/** How far it is; without a total it only moves. */
export function BulkBar({ tally: { done, refused, total, state } }: { tally: Pick<Tally, 'done' | 'refused' | 'total' | 'state'> }) {
  const answered = done + refused;
  const isKnown = total !== null || state !== 'running';
  const whole = total === null ? answered : Math.max(total, answered);
  return (
    <progress
      aria-label="Messages answered for"
      {...(isKnown ? { value: answered, max: Math.max(1, whole) } : {})}
      className="[&::-moz-progress-bar]:bg-accent [&::-webkit-progress-value]:bg-accent bg-sunken [&::-webkit-progress-bar]:bg-sunken block h-1.5 w-full appearance-none overflow-hidden rounded-full border-none"
    />
  );
}
