import { classNames } from './class-names.ts';
import { toneText, type Tone } from './tone.ts';

/** A dot before the text that says the same. A problem is a square, so the colour is not the only sign. */
export function StatusDot({ tone, isPulsing = false }: { tone: Tone; isPulsing?: boolean }) {
  return (
    <span
      aria-hidden
      className={classNames(
        'inline-block size-2 shrink-0 bg-current',
        tone === 'bad' ? 'rounded-[1px]' : 'rounded-full',
        toneText[tone],
        isPulsing && 'animate-pulse',
      )}
    />
  );
}
