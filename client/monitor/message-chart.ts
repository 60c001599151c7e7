import type { MessageChartView } from '../../shared/api/messages.ts';
import type { MessageStatus } from '../../shared/status.ts';

/** What the chart of received messages shows: which span, in which steps, and how statuses are told apart. */

export const chartSpans = { day: '24 h', week: '7 d', month: '30 d' } as const;
export type ChartSpan = keyof typeof chartSpans;

const hourMs = 60 * 60 * 1000;
const shapes: Record<ChartSpan, { stepHours: number; steps: number }> = {
  day: { stepHours: 1, steps: 24 },
  week: { stepHours: 6, steps: 28 },
  month: { stepHours: 24, steps: 30 },
};

/** From the bottom of a bar to its top. */
export const chartStatuses = [
  'COMPLETED',
  'ESCALATED',
  'DISCARDED',
  'CANCELLED',
  'ABANDONED',
  'PROCESSING',
  'RETRY',
  'FAILED',
] as const satisfies readonly MessageStatus[];

export interface ChartTime {
  from: string;
  to: string;
  stepHours: number;
}

/**
 * The span that ends with the present step. Steps of a day begin at midnight here, those of hours at full hours.
 *
 * @param chosen what has to lie within it: a span further back is shown where it does not lie in the present one
 */
export function chartQuery(span: ChartSpan, now: Date, chosen?: { from: string; to: string }): ChartTime {
  const present = spanUntil(span, now);
  if (!chosen || Date.parse(chosen.from) >= Date.parse(present.from)) return present;
  return spanUntil(span, new Date(Date.parse(chosen.to) - 1));
}

function spanUntil(span: ChartSpan, now: Date): ChartTime {
  const { stepHours, steps } = shapes[span];
  const last = new Date(now);
  last.setHours(stepHours === 24 ? 0 : Math.floor(now.getHours() / stepHours) * stepHours, 0, 0, 0);
  const to = last.getTime() + stepHours * hourMs;
  return { from: new Date(to - steps * stepHours * hourMs).toISOString(), to: new Date(to).toISOString(), stepHours };
}

export interface ChartBar {
  from: Date;
  to: Date;
  total: number;
  counts: Partial<Record<MessageStatus, number>>;
}

/** One bar per step, those without messages included. */
export function chartBars({ from, to, stepHours, steps }: MessageChartView): ChartBar[] {
  const found = new Map(steps.map(({ at, counts }) => [Date.parse(at), counts]));
  const bars: ChartBar[] = [];
  for (let at = Date.parse(from); at < Date.parse(to); at += stepHours * hourMs) {
    const counts = found.get(at) ?? {};
    const total = chartStatuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
    bars.push({ from: new Date(at), to: new Date(at + stepHours * hourMs), total, counts });
  }
  return bars;
}

/** A round number at or above the highest bar, that can be halved. */
export function chartTop(bars: Pick<ChartBar, 'total'>[]): number {
  const highest = Math.max(2, ...bars.map((bar) => bar.total));
  const power = 10 ** Math.floor(Math.log10(highest));
  const top = [1, 2, 4, 6, 8, 10].map((factor) => factor * power).find((candidate) => candidate >= highest);
  return top ?? 10 * power;
}

/** "25 Nov, 14:00 – 15:00", a whole day alone, or "24 Nov, 18:00 – 25 Nov, 06:00". */
export function stepText({ from, to }: Pick<ChartBar, 'from' | 'to'>): string {
  const dayOf = (at: Date) => at.toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
  const day = dayOf(from);
  const length = to.getTime() - from.getTime();
  if (length === 24 * hourMs && from.getHours() === 0) return day;
  const lastDay = dayOf(new Date(to.getTime() - 1));
  if (from.getHours() === 0 && to.getHours() === 0 && length > 24 * hourMs) return `${day} – ${lastDay}`;
  const time = (at: Date) => at.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  return lastDay === day ? `${day}, ${time(from)} – ${time(to)}` : `${day}, ${time(from)} – ${dayOf(to)}, ${time(to)}`;
}
