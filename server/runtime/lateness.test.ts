import { expect, test } from 'vitest';
import type { Schedule } from '../../shared/schedule.ts';
import { isLate } from './lateness.ts';

const now = new Date('2026-11-24T12:00:00Z');
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1_000);
const scheduled = (schedule: Schedule) => ({ config: { schedule } });
const deployed = ago(86_400);
const channel = {
  flowId: 'flow',
  nodeId: 'mail',
  health: 'ok' as const,
  nextPollAt: ago(-30),
  lastSuccessAt: ago(30),
  ...scheduled({ kind: 'interval', every: 1, unit: 'minutes' }),
};
const completed = { result: 'completed' as const };
const running = { result: 'running' as const };
const failed = { result: 'failed' as const };
const skipped = { result: 'skipped' as const };
const paused = { result: 'paused' as const };

test('a channel whose next poll is still to come is not late', () => {
  expect(isLate(channel, completed, deployed, now)).toBe(false);
});

test('a channel whose due poll nobody begins is late after a minute', () => {
  expect(isLate({ ...channel, nextPollAt: ago(59) }, completed, deployed, now)).toBe(false);
  expect(isLate({ ...channel, nextPollAt: ago(61) }, completed, deployed, now)).toBe(true);
  expect(isLate({ ...channel, health: 'waiting', nextPollAt: ago(61) }, undefined, deployed, now)).toBe(true);
});

test('a long poll under way is not late, and a failing channel is called failing', () => {
  expect(isLate({ ...channel, nextPollAt: ago(3_600) }, running, deployed, now)).toBe(false);
  expect(isLate({ ...channel, health: 'failing', nextPollAt: ago(3_600) }, failed, deployed, now)).toBe(false);
});

test('a paused channel is not late however long it lasts, unless nobody visits it any more', () => {
  const standing = { ...channel, health: 'paused' as const, lastSuccessAt: ago(86_400) };
  expect(isLate(standing, paused, deployed, now)).toBe(false);
  expect(isLate({ ...standing, nextPollAt: ago(61) }, paused, deployed, now)).toBe(true);
});

test('a channel whose polls are skipped for longer than two intervals is late', () => {
  expect(isLate({ ...channel, lastSuccessAt: ago(110) }, skipped, deployed, now)).toBe(false);
  expect(isLate({ ...channel, lastSuccessAt: ago(190) }, skipped, deployed, now)).toBe(true);
});

test('so is one whose polls have been skipped ever since it was deployed', () => {
  const never = { ...channel, health: 'waiting' as const, lastSuccessAt: null };
  expect(isLate(never, skipped, ago(110), now)).toBe(false);
  expect(isLate(never, skipped, ago(190), now)).toBe(true);
  expect(isLate({ ...never, lastSuccessAt: ago(86_400) }, skipped, ago(110), now), 'success before Deploy').toBe(false);
});

test('a channel outside its hours is not late, however long ago its last poll was', () => {
  const times = { mode: 'every', every: 5, unit: 'minutes', from: '08:00', to: '11:00' } as const;
  const morning = scheduled({ kind: 'recur', days: { repeat: 'daily' }, times, zone: 'UTC' });
  const asleep = { ...channel, ...morning, lastSuccessAt: ago(3_700), nextPollAt: ago(-20 * 3_600) };
  expect(isLate(asleep, completed, deployed, now)).toBe(false);
  const lastOfTheDay = { ...asleep, lastSuccessAt: new Date('2026-11-24T10:59:59Z') };
  expect(isLate(lastOfTheDay, skipped, deployed, now), 'after a skipped "Poll now"').toBe(false);
});

test('a daily poll that is skipped is late after ten minutes, not on the next day', () => {
  const daily = scheduled({ kind: 'recur', days: { repeat: 'daily' }, times: { mode: 'at', at: '11:50' }, zone: 'UTC' });
  const skippedOnce = { ...channel, ...daily, lastSuccessAt: new Date('2026-11-23T11:50:05Z') };
  expect(isLate(skippedOnce, skipped, new Date(0), now)).toBe(false);
  expect(isLate(skippedOnce, skipped, new Date(0), new Date(now.getTime() + 90_000))).toBe(true);
});

test('Run Once is late while its run is put off, and never after it', () => {
  const once = { ...channel, ...scheduled({ kind: 'once' }), lastSuccessAt: null };
  expect(isLate(once, skipped, ago(600), now)).toBe(false);
  expect(isLate(once, skipped, ago(700), now)).toBe(true);
  expect(isLate({ ...once, lastSuccessAt: ago(600_000), nextPollAt: null }, completed, ago(600_001), now)).toBe(false);
});
