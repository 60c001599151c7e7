import type { RunStepView } from '../../shared/api/messages.ts';
import { durationText } from '../ui/time-words.ts';

/** Where a step lies on the time axis that all steps of its attempt share, in percent of it. */
export interface Bar {
  start: number;
  width: number;
}

export interface Timeline {
  /** By the position of the step. */
  bars: Map<number, Bar>;
  /** What the axis is from and to, as words: "0", "420 ms". */
  ticks: string[];
}

/** Wide enough to be seen and pointed at. */
const leastWidth = 0.8;

/** @param now for steps that still run, in ms since 1970 */
export function timelineOf(steps: Pick<RunStepView, 'position' | 'startedAt' | 'endedAt'>[], now: number): Timeline {
  const spans = steps.map(({ position, startedAt, endedAt }) => {
    const from = Date.parse(startedAt);
    return { position, from, to: Math.max(from, endedAt === null ? now : Date.parse(endedAt)) };
  });
  const from = Math.min(...spans.map((span) => span.from));
  // Steps faster than the clock ticks are side by side all the same.
  const wholeMs = Math.max(1, Math.max(...spans.map((span) => span.to)) - from);
  const percent = (ms: number) => (ms / wholeMs) * 100;
  const bars = new Map(
    spans.map((span): [number, Bar] => {
      const width = Math.max(leastWidth, percent(span.to - span.from));
      return [span.position, { start: Math.min(percent(span.from - from), 100 - width), width }];
    }),
  );
  return { bars, ticks: spans.length === 0 ? [] : ['0', durationText(wholeMs / 2), durationText(wholeMs)] };
}
