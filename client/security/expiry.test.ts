import { expect, test } from 'vitest';
import { expiryOf } from './expiry.ts';

const now = new Date('2026-03-01T12:00:00Z');

test('what is valid for a month or more is said with its date', () => {
  expect(expiryOf('2026-03-31T12:00:00Z', now)).toEqual({ tone: 'neutral', words: expect.stringMatching(/^until .*2026/) });
});

test('the last thirty days are counted', () => {
  expect(expiryOf('2026-03-31T11:59:59Z', now)).toEqual({ tone: 'warn', words: 'expires in 29 days' });
  expect(expiryOf('2026-03-02T13:00:00Z', now)).toEqual({ tone: 'warn', words: 'expires in 1 day' });
  expect(expiryOf('2026-03-02T11:00:00Z', now)).toEqual({ tone: 'warn', words: 'expires within a day' });
});

test('what has expired is said to have, from the very moment on', () => {
  expect(expiryOf('2026-03-01T12:00:00Z', now)).toEqual({ tone: 'bad', words: expect.stringMatching(/^expired on .*2026/) });
});
