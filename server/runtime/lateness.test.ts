import { expect, test } from 'vitest';
import type { PollRow } from '../ports/logs.ts';
import { isLate } from './lateness.ts';

const now = new Date('2026-11-22T12:00:00Z');
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1_000);
const config = { schedule: { kind: 'interval', every: 1, unit: 'minutes' } };
const channel = { health: 'ok' as const, nextPollAt: ago(-30), lastSuccessAt: ago(30), config };
const poll = (result: PollRow['result']) => ({ result }) as PollRow;

test('a channel whose next poll is still to come is not late', () => {
  expect(isLate(channel, poll('completed'), now)).toBe(false);
});

test('a channel whose due poll nobody begins is late after a minute', () => {
  expect(isLate({ ...channel, nextPollAt: ago(59) }, poll('completed'), now)).toBe(false);
  expect(isLate({ ...channel, nextPollAt: ago(61) }, poll('completed'), now)).toBe(true);
  expect(isLate({ ...channel, health: 'waiting', nextPollAt: ago(61) }, undefined, now)).toBe(true);
});

test('a long poll under way is not late, and a failing channel is called failing', () => {
  expect(isLate({ ...channel, nextPollAt: ago(3_600) }, poll('running'), now)).toBe(false);
  expect(isLate({ ...channel, health: 'failing', nextPollAt: ago(3_600) }, poll('failed'), now)).toBe(false);
});

test('a channel whose polls are skipped for longer than two intervals is late', () => {
  expect(isLate({ ...channel, lastSuccessAt: ago(170) }, poll('skipped'), now)).toBe(false);
  expect(isLate({ ...channel, lastSuccessAt: ago(190) }, poll('skipped'), now)).toBe(true);
});
