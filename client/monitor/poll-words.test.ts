import { expect, test } from 'vitest';
import type { PollView } from '../../shared/api/polls.ts';
import { nextPollText, pollText, readElsewhereText, unreadAgainText } from './poll-words.ts';

const due = (nextPollAt: string | null) => ({ nextPollAt, lastPoll: null });
const quiet = {
  listed: 0,
  known: 0,
  taken: 0,
  quarantined: 0,
  postProcessed: 0,
  readElsewhere: 0,
  unreadAgain: 0,
  skippedBySearch: 0,
  beforeStart: 0,
};

test('a poll of an empty folder says so', () => {
  expect(pollText(quiet)).toBe('no mail');
});

test('a poll says what it took in and leaves out what did not happen', () => {
  expect(pollText({ ...quiet, listed: 15, known: 12, taken: 3 })).toBe('3 taken in, 12 known');
  expect(pollText({ ...quiet, listed: 2, taken: 1, quarantined: 1, postProcessed: 4 })).toBe('1 taken in, 1 quarantined, 4 post-processed');
});

test('a poll says what it left out, and what others did to the mails', () => {
  expect(pollText({ ...quiet, skippedBySearch: 5 })).toBe('no new mail, 5 not wanted by Search');
  expect(pollText({ ...quiet, listed: 3, taken: 1, beforeStart: 2, readElsewhere: 3, unreadAgain: 1 })).toBe(
    '1 taken in, 2 from before the start, 3 read by someone else, 1 marked unread again',
  );
  expect(readElsewhereText(1)).toBe('1 mail was read by someone else');
  expect(unreadAgainText(2)).toBe('2 mails were marked unread again');
});

test('the next poll counts down in seconds, then reads as due', () => {
  const now = new Date('2026-03-01T12:00:00.000Z');
  expect(nextPollText(due('2026-03-01T12:00:12.000Z'), now)).toBe('in 12 s');
  expect(nextPollText(due('2026-03-01T12:00:00.200Z'), now)).toBe('in 1 s');
  expect(nextPollText(due('2026-03-01T11:59:58.000Z'), now)).toBe('due now');
  expect(nextPollText(due('2026-03-01T12:05:00.000Z'), now)).toBe('in 5 min');
});

test('a next poll that is hours away is given by the clock, and says when it is not today', () => {
  const now = new Date(2026, 2, 1, 12, 0);
  expect(nextPollText(due(new Date(2026, 2, 1, 18, 5).toISOString()), now)).toMatch(/^at .*6?:05/);
  expect(nextPollText(due(new Date(2026, 2, 2, 8, 0).toISOString()), now)).toMatch(/^not today, next Mon/);
  expect(nextPollText(due(new Date(2027, 0, 4, 8, 0).toISOString()), now)).toMatch(/2027/);
});

test('a channel without a next poll says whether it has had its run', () => {
  expect(nextPollText(due(null), new Date())).toBe('none, no run is left');
  expect(nextPollText({ nextPollAt: null, lastPoll: {} as PollView }, new Date())).toBe('none, it has run');
});
