import type { ErrorCode } from '../../shared/errors.ts';

const waitsMs = [5_000, 15_000, 45_000, 120_000, 300_000];

/** Nobody has to repair these: the line comes back by itself, and is then to be found working soon. */
const lineFailures = new Set<string>([
  'MAIL_HOST_NOT_FOUND',
  'MAIL_CONNECTION_REFUSED',
  'MAIL_HOST_UNREACHABLE',
  'MAIL_TIMEOUT',
  'MAIL_CONNECTION_LOST',
  'MAIL_TLS_FAILED',
  'MAIL_PROXY_NOT_FOUND',
  'MAIL_PROXY_UNREACHABLE',
  'MAIL_PROXY_TIMEOUT',
  'MAIL_PROXY_LOST',
  'MAIL_LOCK_LOST',
] satisfies ErrorCode[]);

/** A server that has been away for this many tries, more than five minutes, is looked for less often. */
const soonTries = 30;
const soonMs = 10_000;
const laterMs = 30_000;

/**
 * How long to wait after the nth failed poll in a row, in ms. With a time-out of 30 s, mail flows again within 45 s of a line
 * being back.
 *
 * @param code why it failed
 */
export function pollWaitMs(failuresInRow: number, code: string | undefined, random = Math.random()): number {
  const waitMs = (waitsMs[Math.min(failuresInRow, waitsMs.length) - 1] ?? 0) * (0.9 + random * 0.2);
  if (code === undefined || !lineFailures.has(code)) return waitMs;
  return Math.min(waitMs, (failuresInRow <= soonTries ? soonMs : laterMs) * (0.9 + random * 0.2));
}
