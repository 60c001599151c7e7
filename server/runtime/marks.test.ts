import { expect, test } from 'vitest';
import { isTooLittle, isTooMuch, loadText, markText, sizeText, spaceLimits } from './marks.ts';

const mib = 1024 * 1024;
const high = { messages: 100, bytes: 10 * mib };

test('intake stops at the mark of messages or of bytes, and goes on below three quarters of both', () => {
  expect(isTooMuch({ messages: 99, bytes: 0 }, high, false)).toBe(false);
  expect(isTooMuch({ messages: 100, bytes: 0 }, high, false)).toBe(true);
  expect(isTooMuch({ messages: 1, bytes: 10 * mib }, high, false)).toBe(true);

  expect(isTooMuch({ messages: 75, bytes: 0 }, high, true)).toBe(true);
  expect(isTooMuch({ messages: 74, bytes: 8 * mib }, high, true)).toBe(true);
  expect(isTooMuch({ messages: 74, bytes: 7 * mib }, high, true)).toBe(false);
});

test('with the smallest mark there is, intake goes on once nothing is open', () => {
  const one = { messages: 1, bytes: mib };
  expect(isTooMuch({ messages: 1, bytes: 10 }, one, true)).toBe(true);
  expect(isTooMuch({ messages: 0, bytes: 0 }, one, true)).toBe(false);
});

test('the larger of the two limits of free space counts, and a quarter more is enough to go on', () => {
  const limits = { all: high, perFlow: high, freeBytes: 512 * mib, freePercent: 1 };
  expect(spaceLimits(10_000 * mib, limits)).toEqual({ least: 512 * mib, enough: 640 * mib });
  expect(spaceLimits(100_000 * mib, limits)).toEqual({ least: 1_000 * mib, enough: 1_250 * mib });
  // Of a very large disk, a quarter more would be a lot.
  expect(spaceLimits(10_000_000 * mib, limits)).toEqual({ least: 100_000 * mib, enough: 101_024 * mib });
  expect(isTooLittle(0, spaceLimits(100 * mib, { ...limits, freeBytes: 0, freePercent: 0 }), true)).toBe(false);
});

test('space that is just above the limit stops nothing, and does not let intake go on', () => {
  const limits = { least: 100, enough: 125 };
  expect(isTooLittle(100, limits, false)).toBe(false);
  expect(isTooLittle(99, limits, false)).toBe(true);
  expect(isTooLittle(124, limits, true)).toBe(true);
  expect(isTooLittle(125, limits, true)).toBe(false);
});

test('figures are told in words that people read', () => {
  expect(loadText({ messages: 10_240, bytes: 1_600 * mib })).toBe('10,240 messages with 1.6 GB');
  expect(loadText({ messages: 1, bytes: mib / 2 })).toBe('1 message with 0.5 MB');
  expect(markText(high)).toBe('100 messages or 10 MB');
  expect(sizeText(0)).toBe('0 MB');
});
