import { expect, it } from 'vitest';
import { asItEnded } from './as-it-ended.ts';

const error = {
  code: 'HTTP_UNAVAILABLE',
  message: 'It answered 503.',
  remedy: 'Nothing to do: the message is tried again.',
  retryable: true,
};

it('tells a person to act where no attempt is left', () => {
  expect(asItEnded(error, { status: 'FAILED', attempts: 3 }).remedy).toMatch(/run the message again/);
  expect(asItEnded(error, { status: 'FAILED', attempts: 3 }, 3).remedy).toMatch(/run the message again/);
});

it('leaves what earlier attempts said, and what waits for its next', () => {
  expect(asItEnded(error, { status: 'FAILED', attempts: 3 }, 2)).toBe(error);
  expect(asItEnded(error, { status: 'RETRY', attempts: 3 })).toBe(error);
  expect(asItEnded({ ...error, retryable: false }, { status: 'FAILED', attempts: 3 }).remedy).toBe(error.remedy);
});
