import { afterEach, expect, test, vi } from 'vitest';
import { testDatabase } from '../testing/database.ts';
import { openDatabaseClock } from './database-clock.ts';

const hourMs = 60 * 60 * 1_000;

afterEach(() => void vi.restoreAllMocks());

test.each([-hourMs, 0, hourMs])(
  'a machine whose clock is %d ms off, and set right in between, has the time of its database',
  async (offMs) => {
    await using stack = new AsyncDisposableStack();
    const { database } = stack.adopt(await testDatabase(), (opened) => opened.close());
    const real = Date.now.bind(Date);
    const machine = vi.spyOn(Date, 'now').mockImplementation(() => real() + offMs);
    const clock = stack.adopt(await openDatabaseClock(database.pool), (opened) => opened.close());
    expect(Math.abs(clock.now().getTime() - real())).toBeLessThan(500);
    machine.mockRestore();
    expect(Math.abs(clock.now().getTime() - real())).toBeLessThan(500);
  },
);
