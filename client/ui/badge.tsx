import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { toneFill, toneText, type Tone } from './tone.ts';

export function Badge({ tone = 'neutral', icon, children }: { tone?: Tone; icon?: ReactNode; children: ReactNode }) {
  return (
    <span
      className={classNames(
        'tabular inline-flex h-5 items-center gap-1 rounded-sm px-1.5 text-xs font-medium whitespace-nowrap',
        toneFill[tone],
        toneText[tone],
      )}
    >
      {icon}
      {children}
    </span>
  );
}
