import { expect, test } from 'vitest';
import { FlowError } from '../../shared/errors.ts';
import { defaultRetry, noRetry, type RetryPlan } from '../../shared/retry.ts';
import { openSetbacks } from './setbacks.ts';

let now = new Date('2026-11-22T10:00:00Z');
const clock = () => now;
const inSeconds = (seconds: number) => (now = new Date(now.getTime() + seconds * 1_000));
const exact: RetryPlan = { ...defaultRetry, jitterPercent: 0 };
const down = () => new FlowError('HTTP_UNREACHABLE', { url: 'https://a.example' });
const refused = () => new FlowError('HTTP_REFUSED', { url: 'https://b.example', status: 400 });

test('without a setback the message is done', () => {
  expect(openSetbacks({}, clock).outcome()).toEqual({ status: 'COMPLETED' });
});

test('the next attempt comes at the earliest wait of those that may still be tried, each with its own count', () => {
  const first = openSetbacks({}, clock);
  first.failed('mail/a', down(), exact);
  first.failed('mail/b', down(), { ...exact, firstWaitSeconds: 30 });
  first.failed('mail/c', refused(), exact);
  expect(first.outcome()).toMatchObject({ status: 'RETRY', at: new Date(now.getTime() + 10_000), error: { code: 'HTTP_UNREACHABLE' } });

  inSeconds(10);
  const second = openSetbacks(first.all(), clock);
  expect([second.restOf('mail/a'), second.restOf('mail/b'), second.restOf('mail/c')]).toEqual([
    undefined,
    'its next attempt is in 20 s',
    'given up after 1 attempt',
  ]);
  second.failed('mail/a', down(), exact);
  expect(second.all()).toMatchObject({ 'mail/a': { failures: 2 }, 'mail/b': { failures: 1 }, 'mail/c': { failures: 1 } });
  expect(second.outcome()).toMatchObject({ status: 'RETRY', at: new Date(now.getTime() + 20_000) });
});

test('a receiver whose attempts are used up fails the message only when nothing else is still to be tried', () => {
  const first = openSetbacks({}, clock);
  first.failed('mail/a', down(), noRetry);
  first.failed('mail/b', down(), exact);
  expect(first.outcome().status).toBe('RETRY');

  inSeconds(10);
  const second = openSetbacks(first.all(), clock);
  expect(second.restOf('mail/a')).toBe('given up after 1 attempt');
  second.passed('mail/b');
  expect(second.outcome()).toMatchObject({ status: 'FAILED', error: { code: 'HTTP_UNREACHABLE' } });
});

test('a place that a message has passed starts to count anew', () => {
  const setbacks = openSetbacks({ 'mail/a': { failures: 3, nextAt: now.toISOString(), error: down().view() } }, clock);
  setbacks.passed('mail/a');
  setbacks.failed('mail/a', down(), exact);
  expect(setbacks.all()['mail/a']?.failures).toBe(1);
});
