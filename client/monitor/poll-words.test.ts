import { expect, test } from 'vitest';
import { nextPollText, pollText } from './poll-words.ts';

const quiet = { listed: 0, known: 0, taken: 0, quarantined: 0, postProcessed: 0 };

test('a poll of an empty folder says so', () => {
  expect(pollText(quiet)).toBe('no mail');
});

test('a poll says what it took in and leaves out what did not happen', () => {
  expect(pollText({ ...quiet, listed: 15, known: 12, taken: 3 })).toBe('3 taken in, 12 known');
  expect(pollText({ ...quiet, listed: 2, taken: 1, quarantined: 1, postProcessed: 4 })).toBe('1 taken in, 1 quarantined, 4 post-processed');
});

test('the next poll counts down in seconds, then reads as due', () => {
  const now = new Date('2026-03-01T12:00:00.000Z');
  expect(nextPollText('2026-03-01T12:00:12.000Z', now)).toBe('in 12 s');
  expect(nextPollText('2026-03-01T12:00:00.200Z', now)).toBe('in 1 s');
  expect(nextPollText('2026-03-01T11:59:58.000Z', now)).toBe('due now');
  expect(nextPollText('2026-03-01T12:05:00.000Z', now)).toBe('in 5 min');
  expect(nextPollText(null, now)).toBeUndefined();
});
