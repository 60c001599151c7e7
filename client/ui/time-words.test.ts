import { describe, expect, test } from 'vitest';
import { absoluteTime, durationText, relativeTime, sizeText, withLocalTimes } from './time-words.ts';

const now = new Date('2026-03-01T12:00:00Z');
const at = (offsetMs: number) => new Date(now.getTime() + offsetMs);

describe('relative time', () => {
  test.each([
    [-400, 'just now'],
    [400, 'now'],
    [-12_000, '12 s ago'],
    [-59_999, '59 s ago'],
    [-60_000, '1 min ago'],
    [300_000, 'in 5 min'],
    [-7_200_000, '2 h ago'],
    [-3 * 86_400_000, '3 d ago'],
  ])('%i ms away reads "%s"', (offsetMs, words) => {
    expect(relativeTime(at(offsetMs), now)).toBe(words);
  });

  test('a time more than 30 days away is given as a date', () => {
    expect(relativeTime(at(-40 * 86_400_000), now)).toMatch(/2026/);
  });
});

describe('durations and sizes', () => {
  test.each([
    [412, '412 ms'],
    [3_449, '3.4 s'],
    [12_400, '12 s'],
    [185_000, '3 min 05 s'],
    [59_900, '1 min 00 s'],
    [3_900_000, '1 h 05 min'],
  ])('%i ms reads "%s"', (ms, words) => {
    expect(durationText(ms)).toBe(words);
  });

  test.each([
    [812, '812 B'],
    [3_482, '3.4 KB'],
    [12_582_912, '12 MB'],
    [1_048_575, '1024 KB'],
  ])('%i bytes read "%s"', (bytes, words) => {
    expect(sizeText(bytes)).toBe(words);
  });
});

test('a moment in words of the server is read in the time of the reader', () => {
  const moment = '2026-03-01T12:00:00.438Z';
  expect(withLocalTimes(`The sign-in rests until ${moment}, and goes on then.`)).toBe(
    `The sign-in rests until ${absoluteTime(new Date(moment)).local}, and goes on then.`,
  );
  expect(withLocalTimes('Order 2026-03-01')).toBe('Order 2026-03-01');
});
