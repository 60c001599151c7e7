/** When a failed attempt is made again: what the settings say, what the runtime does, and how both are put into words. */

/** How often, and how far apart, something is tried. */
export interface RetryPlan {
  /** The first included; 1: never again. */
  attempts: number;
  /** Between the first attempt and the second. */
  firstWaitSeconds: number;
  /** Each further wait is so many times as long. */
  factor: number;
  /** No wait is longer, also one that the receiver asks for. */
  maxWaitSeconds: number;
  /** Each wait is made up to so much shorter or longer, so that what failed together is not tried again together. */
  jitterPercent: number;
}

export const noRetry: RetryPlan = { attempts: 1, firstWaitSeconds: 1, factor: 1, maxWaitSeconds: 1, jitterPercent: 0 };

/** What a version that was deployed before there were settings does, and a new flow. */
export const defaultRetry: RetryPlan = { attempts: 6, firstWaitSeconds: 10, factor: 3, maxWaitSeconds: 15 * 60, jitterPercent: 10 };

/**
 * The wait after a failed attempt, without jitter.
 *
 * @param failures attempts that have failed so far, at least 1
 * @returns seconds; undefined when the attempts are used up
 */
export function waitSeconds(plan: RetryPlan, failures: number): number | undefined {
  if (failures >= plan.attempts) return undefined;
  return Math.min(plan.maxWaitSeconds, plan.firstWaitSeconds * plan.factor ** (failures - 1));
}

/**
 * When something that failed is tried again.
 *
 * @param asked.afterMs how long the other side asked to be left in peace (Retry-After); kept up to the longest wait of the plan
 * @param random 0 to 1
 * @returns undefined when the attempts are used up
 */
export function nextAttemptAt(
  plan: RetryPlan,
  failures: number,
  now: Date,
  asked: { afterMs?: number | undefined } = {},
  random = Math.random(),
): Date | undefined {
  const seconds = waitSeconds(plan, failures);
  if (seconds === undefined) return undefined;
  const spread = 1 + ((random * 2 - 1) * plan.jitterPercent) / 100;
  const askedMs = Math.min(asked.afterMs ?? 0, plan.maxWaitSeconds * 1_000);
  return new Date(now.getTime() + Math.max(seconds * 1_000 * spread, askedMs));
}

/** The longest list of waits that is written out. */
const shownWaits = 4;

/** "Tries again after 10 s, 30 s, 1.5 min … (5 times). FAILED after about 20 min without success." */
export function retryText(plan: RetryPlan): string {
  if (plan.attempts <= 1) return 'Tried once: FAILED at the first error.';
  const waits = Array.from({ length: plan.attempts - 1 }, (_, index) => waitSeconds(plan, index + 1) ?? 0);
  const shown = waits.slice(0, waits.length > shownWaits ? shownWaits - 1 : shownWaits).map(secondsText);
  const rest = waits.length - shown.length;
  const list = rest === 0 ? shown.join(', ') : `${shown.join(', ')} … (${waits.length} times)`;
  const total = waits.reduce((sum, wait) => sum + wait, 0);
  return `Tries again after ${list}. FAILED after about ${secondsText(total)} without success.`;
}

/** "45 s", "15 min", "2 h", "3 days"; rounded to what people remember. */
export function secondsText(seconds: number): string {
  if (seconds < 90) return seconds < 60 || seconds % 60 !== 0 ? `${round(seconds)} s` : `${seconds / 60} min`;
  if (seconds < 90 * 60) return seconds % 3_600 === 0 ? `${seconds / 3_600} h` : `${round(seconds / 60)} min`;
  if (seconds < 36 * 3_600) return `${round(seconds / 3_600)} h`;
  return `${round(seconds / 86_400)} days`;
}

function round(value: number): number {
  return value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
}
