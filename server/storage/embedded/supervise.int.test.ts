import { expect, test } from 'vitest';
import { FlowError } from '../../../shared/errors.ts';
import { eventually } from '../../testing/eventually.ts';
import { silentLog } from '../../testing/silent-log.ts';
import { supervise } from './supervise.ts';

const cluster = { home: '/nowhere', data: '/nowhere/data', logFile: '/nowhere/server.log', password: '' };
/** Of no process: ids end well below it. */
const ended = { pid: 2 ** 30, port: 1 };
const doesNotStart = (details: string) =>
  new FlowError('EMBEDDED_DATABASE_FAILED', { reason: 'its server ended while starting' }, { details });

test('a server whose disk is full is started again as often as it takes, until it is back', async () => {
  let tries = 0;
  const supervision = supervise(cluster, ended, {
    log: silentLog,
    stopWaitMs: 100,
    waitMs: () => 1,
    maxTries: 2,
    onCrash: () => expect.unreachable('a full disk ends nothing'),
    relaunch: async (port) => {
      tries += 1;
      if (tries <= 4) throw doesNotStart('FATAL: could not write lock file "postmaster.pid": No space left on device');
      return { pid: process.pid, port };
    },
  });
  await eventually(() => supervision.server().pid === process.pid, { deadlineMs: 20_000 });
  expect(supervision.server()).toEqual({ pid: process.pid, port: ended.port });
  expect(tries).toBe(5);
  await supervision.stop();
});

test('a server that does not start for another reason is given up after some tries', async () => {
  let tries = 0;
  const crash = Promise.withResolvers<FlowError>();
  const supervision = supervise(cluster, ended, {
    log: silentLog,
    stopWaitMs: 100,
    waitMs: () => 1,
    maxTries: 2,
    onCrash: crash.resolve,
    relaunch: () => {
      tries += 1;
      return Promise.reject(doesNotStart('FATAL: could not locate a valid checkpoint record'));
    },
  });
  expect(await crash.promise).toMatchObject({ code: 'EMBEDDED_DATABASE_FAILED' });
  expect(tries).toBe(2);
  await supervision.stop();
});
