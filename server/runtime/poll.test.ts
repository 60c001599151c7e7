import { expect, test } from 'vitest';
import type { Schedule } from '../../shared/schedule.ts';
import type { ChannelRow } from '../ports/flows.ts';
import type { PollPlan, SenderAdapter } from '../ports/mailbox.ts';
import { behavioursOf } from './behaviours.ts';
import { nextStep } from './poll.ts';

const now = new Date('2026-11-22T10:00:10Z');
const minuteMs = 60_000;
const plan: Pick<PollPlan, 'schedule'> = { schedule: { kind: 'interval', every: 10, unit: 'minutes' } };
const adapter = { type: 'mail-sender', plan: () => plan } as unknown as SenderAdapter;
const parts = { clock: { now: () => now }, behaviours: behavioursOf([adapter], [], []) };
const channel: ChannelRow = {
  id: 'c1',
  flowId: 'f1',
  nodeId: 'mail',
  name: 'Mail',
  version: 1,
  type: 'mail-sender',
  config: {},
  health: 'ok',
  nextPollAt: now,
  lastSuccessAt: null,
  failuresInRow: 2,
  epoch: 1,
  isInOrder: false,
  serverSaid: null,
  serverSaidAt: null,
};
const waitMs = (at: Date | null) => (at?.getTime() ?? Number.NaN) - now.getTime();
const after = (
  result: 'completed' | 'failed' | 'skipped' | 'paused',
  visit: { isFull: boolean; pausedUntil?: Date } = { isFull: false },
  of = channel,
) => nextStep(parts, of, { result }, visit);

test('a poll that took all there was is followed by the next on schedule, and forgets earlier failures', () => {
  const next = after('completed');
  expect(next).toMatchObject({ health: 'ok', failuresInRow: 0, isSuccess: true });
  expect(waitMs(next.nextPollAt)).toBeGreaterThan(0);
  expect(waitMs(next.nextPollAt)).toBeLessThanOrEqual(10 * minuteMs);
});

test('a full poll is followed at once by the next', () => {
  expect(after('completed', { isFull: true }).nextPollAt).toEqual(now);
});

test('a poll that back-pressure paused is made again within half a minute, and is no failure', () => {
  const next = after('paused');
  expect(next).toMatchObject({ health: 'paused', failuresInRow: 0, isSuccess: false });
  expect(waitMs(next.nextPollAt)).toBe(30_000);
  expect(waitMs(after('paused', { isFull: true }).nextPollAt)).toBe(30_000);
});

test('a failed poll is repeated with back-off, not only on schedule', () => {
  const next = after('failed');
  expect(next).toMatchObject({ health: 'failing', failuresInRow: 3, isSuccess: false });
  expect(waitMs(next.nextPollAt) / 45_000).toBeCloseTo(1, 0);
});

test('a refused sign-in waits until the account may be tried again', () => {
  const pausedUntil = new Date(now.getTime() + 30 * minuteMs);
  expect(after('failed', { isFull: false, pausedUntil }).nextPollAt).toEqual(pausedUntil);
});

test('a poll that had to leave the mailbox to another comes back in seconds, with its health as it was', () => {
  const next = after('skipped');
  expect(next).toMatchObject({ health: 'ok', failuresInRow: 2, isSuccess: false });
  expect(waitMs(next.nextPollAt)).toBeLessThan(6_000);
});

test('channels of one schedule are not all due at the same moment', () => {
  const due = new Set(['a', 'b', 'c', 'd'].map((flowId) => waitMs(after('completed', undefined, { ...channel, flowId }).nextPollAt)));
  expect(due.size).toBe(4);
});

const scheduled = (schedule: Schedule, time = now) => {
  const adapter = { type: 'mail-sender', plan: () => ({ schedule }) } as unknown as SenderAdapter;
  const parts = { clock: { now: () => time }, behaviours: behavioursOf([adapter], [], []) };
  return (result: 'completed' | 'failed' | 'skipped', of = channel) => nextStep(parts, of, { result }, { isFull: false }).nextPollAt;
};

test('Run Once ends with the poll that completes, not with one that fails or is skipped', () => {
  const afterOnce = scheduled({ kind: 'once' });
  expect(afterOnce('completed')).toBeNull();
  expect(waitMs(afterOnce('failed'))).toBeGreaterThan(0);
  expect(waitMs(afterOnce('skipped'))).toBeLessThan(6_000);
});

test('a run at a chosen time that was skipped is made up in seconds, not on the next day', () => {
  const afterDaily = scheduled({ kind: 'recur', days: { repeat: 'daily' }, times: { mode: 'at', at: '10:00' }, zone: 'UTC' });
  expect(waitMs(afterDaily('skipped'))).toBeLessThan(6_000);
  expect(afterDaily('completed')).toEqual(new Date('2026-11-23T10:00:00Z'));
});

test('a clock that is a little behind does not make a run twice, and mail pushed before a run does not take its place', () => {
  const daily: Schedule = { kind: 'recur', days: { repeat: 'daily' }, times: { mode: 'at', at: '10:01' }, zone: 'UTC' };
  const due = { ...channel, nextPollAt: new Date('2026-11-22T10:01:00Z') };
  expect(scheduled(daily, new Date('2026-11-22T10:00:59.900Z'))('completed', due)).toEqual(new Date('2026-11-23T10:01:00Z'));
  expect(scheduled(daily, new Date('2026-11-22T10:00:50Z'))('completed', due)).toEqual(due.nextPollAt);
});
