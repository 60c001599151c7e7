import { expect, test, vi } from 'vitest';
import { FlowError } from '../../shared/errors.ts';
import { persistently } from './persistently.ts';

const failing = (errors: Error[]) => async () => {
  const error = errors.shift();
  if (error) throw error;
  return 'kept';
};

test('a write is made again until the database is back', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const errors = [new FlowError('DATABASE_UNAVAILABLE', {}), new FlowError('DATABASE_DISK_FULL', {})];
  expect(await persistently(failing(errors))).toBe('kept');
  vi.useRealTimers();
});

test('what is wrong with the write itself is told at once', async () => {
  const errors = [new Error('violates a constraint')];
  await expect(persistently(failing(errors))).rejects.toThrow('violates');
});

test('a database that stays away is given up', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const away = async () => {
    vi.setSystemTime(Date.now() + 40_000);
    throw new FlowError('DATABASE_UNAVAILABLE', {});
  };
  await expect(persistently(away)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  vi.useRealTimers();
});
