import type { ErrorView, FlowError } from '../../shared/errors.ts';
import { nextAttemptAt, secondsText, type RetryPlan } from '../../shared/retry.ts';
import type { Setback } from '../ports/runtime.ts';

/**
 * What went wrong on the way of one message, by place: each receiver and step has its own count, wait and end, so that one that is down
 * for long does not use up the attempts of another. Kept with the message from one attempt to the next.
 */
export interface Setbacks {
  /** Why this place is passed by in this attempt; undefined when it is tried. */
  restOf(place: string): string | undefined;
  failed(place: string, error: FlowError, plan: RetryPlan): void;
  passed(place: string): void;
  /** What is to come, by what this attempt has met. The message has FAILED only when no place is left to be tried. */
  outcome(): { status: 'COMPLETED' } | { status: 'RETRY'; at: Date; error: ErrorView } | { status: 'FAILED'; error: ErrorView };
  all(): Record<string, Setback>;
}

/** A wait that is over within this time is over: jobs come back to the second. */
const toleranceMs = 1_000;

export function openSetbacks(stored: Record<string, Setback>, now: () => Date): Setbacks {
  const byPlace = new Map(Object.entries(stored));
  const met = new Map<string, Setback>();
  return {
    restOf(place) {
      const setback = byPlace.get(place);
      if (!setback) return undefined;
      const restMs = setback.nextAt === null ? Infinity : Date.parse(setback.nextAt) - now().getTime();
      if (restMs <= toleranceMs) return undefined;
      met.set(place, setback);
      if (setback.nextAt === null) return `given up after ${setback.failures} ${setback.failures === 1 ? 'attempt' : 'attempts'}`;
      return `its next attempt is in ${secondsText(restMs / 1_000)}`;
    },

    failed(place, error, plan) {
      const failures = (byPlace.get(place)?.failures ?? 0) + 1;
      const next = error.retryable ? nextAttemptAt(plan, failures, now(), { afterMs: error.retryAfterMs }) : undefined;
      const setback: Setback = { failures, nextAt: next?.toISOString() ?? null, error: error.view() };
      byPlace.set(place, setback);
      met.set(place, setback);
    },

    passed(place) {
      byPlace.delete(place);
      met.delete(place);
    },

    outcome() {
      const open = [...met.values()];
      const waiting = open.flatMap(({ nextAt, error }) => (nextAt === null ? [] : [{ at: new Date(nextAt), error }]));
      const [first] = waiting.toSorted((a, b) => a.at.getTime() - b.at.getTime());
      if (first) return { status: 'RETRY', ...first };
      const [given] = open;
      return given ? { status: 'FAILED', error: given.error } : { status: 'COMPLETED' };
    },

    all: () => Object.fromEntries(byPlace),
  };
}
