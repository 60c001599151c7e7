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
export const chartGroups = {
  completed: { label: 'Completed', statuses: ['COMPLETED'] },
  other: { label: 'Ended otherwise', statuses: ['ESCALATED', 'DISCARDED', 'CANCELLED', 'ABANDONED'] },
  open: { label: 'Under way', statuses: ['PROCESSING', 'RETRY'] },
  failed: { label: 'Failed', statuses: ['FAILED'] },
} as const satisfies Record<string, { label: string; statuses: MessageStatus[] }>;
export type ChartGroup = keyof typeof chartGroups;
export const chartGroupNames = Object.keys(chartGroups) as ChartGroup[];

/** The span that ends with the present step. Steps of a day begin at midnight here, those of hours at full hours. */
export function chartQuery(span: ChartSpan, now: Date): { from: string; to: string; stepHours: number } {
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
  counts: Record<ChartGroup, number>;
}

/** One bar per step, those without messages included. */
export function chartBars({ from, to, stepHours, steps }: MessageChartView): ChartBar[] {
  const found = new Map(steps.map(({ at, counts }) => [Date.parse(at), counts]));
  const bars: ChartBar[] = [];
  for (let at = Date.parse(from); at < Date.parse(to); at += stepHours * hourMs) {
    const counts = found.get(at) ?? {};
    const sum = (group: ChartGroup) => chartGroups[group].statuses.reduce((total, status) => total + (counts[status] ?? 0), 0);
    const groups = { completed: sum('completed'), other: sum('other'), open: sum('open'), failed: sum('failed') };
    const total = Object.values(groups).reduce((all, count) => all + count, 0);
    bars.push({ from: new Date(at), to: new Date(at + stepHours * hourMs), total, counts: groups });
  }
  return bars;
}

/** A round number at or above the highest bar, that can be halved. */
export function chartTop(bars: ChartBar[]): number {
  const highest = Math.max(2, ...bars.map((bar) => bar.total));
  const power = 10 ** Math.floor(Math.log10(highest));
  const top = [1, 2, 4, 6, 8, 10].map((factor) => factor * power).find((candidate) => candidate >= highest);
  return top ?? 10 * power;
}

/** "25 Nov, 14:00 – 15:00", or the day alone. */
export function stepText({ from, to }: Pick<ChartBar, 'from' | 'to'>): string {
  const day = from.toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
  if (to.getTime() - from.getTime() >= 24 * hourMs) return day;
  const time = (at: Date) => at.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  return `${day}, ${time(from)} – ${time(to)}`;
}
