import { expect, test } from 'vitest';
import { pollWaitMs } from './poll-back-off.ts';

const middle = 0.5;
const waits = (code: string | undefined) => [1, 2, 3, 30, 31, 1_000].map((failures) => pollWaitMs(failures, code, middle));

test('a line that is down is looked for every few seconds, and less often once it has been down for minutes', () => {
  expect(waits('MAIL_TIMEOUT')).toEqual([5_000, 10_000, 10_000, 10_000, 30_000, 30_000]);
});

test('what only a person can repair is tried again after minutes', () => {
  expect(waits('MAIL_FOLDER_MISSING')).toEqual([5_000, 15_000, 45_000, 300_000, 300_000, 300_000]);
  expect(waits(undefined)).toEqual(waits('MAIL_FOLDER_MISSING'));
});
