/** What a colour means. Text or a shape always says the same, for those who don't see the colour. */
export type Tone = 'neutral' | 'accent' | 'good' | 'warn' | 'bad' | 'info';

export const toneText: Record<Tone, string> = {
  neutral: 'text-ink-soft',
  accent: 'text-accent',
  good: 'text-good',
  warn: 'text-warn',
  bad: 'text-bad',
  info: 'text-info',
};

export const toneFill: Record<Tone, string> = {
  neutral: 'bg-sunken',
  accent: 'bg-accent-soft',
  good: 'bg-good-soft',
  warn: 'bg-warn-soft',
  bad: 'bg-bad-soft',
  info: 'bg-info-soft',
};
