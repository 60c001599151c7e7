import { chmod, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runModule, type Child } from '../testing/child.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { openDataDirectory } from './data-directory.ts';

const module = new URL('data-directory.ts', import.meta.url).href;

/** A process that prints `held` when it has the directory, or the code of what kept it from it. */
function holder(directory: string): Child {
  return runModule(`
    import { openDataDirectory } from ${JSON.stringify(module)};
    try {
      await openDataDirectory(${JSON.stringify(directory)});
      console.log('held');
    } catch (error) {
      console.log(error.code);
    }
    setInterval(() => undefined, 60_000);
  `);
}

test('a data directory is made with its folders, closed to others', async () => {
  const directory = path.join(await temporaryDirectory(), 'new', 'mailroom');
  const opened = await openDataDirectory(directory);
  for (const folder of [opened.blobs, opened.outbox]) expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(directory)).mode & 0o066).toBe(0);
  opened.release();
});

test('the rights of a directory that exists already are left alone', async () => {
  const directory = await temporaryDirectory();
  await chmod(directory, 0o755);
  (await openDataDirectory(directory)).release();
  expect((await stat(directory)).mode & 0o777).toBe(0o755);
});

test('a second start on the same directory is refused and told who has it', async () => {
  const directory = await temporaryDirectory();
  const first = holder(directory);
  expect(await first.nextLine()).toBe('held');
  await expect(openDataDirectory(directory)).rejects.toMatchObject({
    code: 'DATA_DIRECTORY_IN_USE',
    message: expect.stringContaining(`process ${first.pid}`),
  });
});

test('the same process can not open it twice, and can after releasing it', async () => {
  const directory = await temporaryDirectory();
  const first = await openDataDirectory(directory);
  await expect(openDataDirectory(directory)).rejects.toMatchObject({ code: 'DATA_DIRECTORY_IN_USE' });
  first.release();
  (await openDataDirectory(directory)).release();
});

test('a killed process leaves no lock, even when its process id is somebody else now', async () => {
  const directory = await temporaryDirectory();
  const first = holder(directory);
  expect(await first.nextLine()).toBe('held');
  await first.kill('SIGKILL');
  // As if the id had been given out again: the test's own is certainly taken.
  await writeFile(path.join(directory, 'lock.pid'), `${process.pid}\n`);
  (await openDataDirectory(directory)).release();
});

test('of several starts at once after a crash exactly one gets it', async () => {
  const directory = await temporaryDirectory();
  const crashed = holder(directory);
  expect(await crashed.nextLine()).toBe('held');
  await crashed.kill('SIGKILL');
  const outcomes = await Promise.all([1, 2, 3, 4].map(() => holder(directory).nextLine()));
  expect(outcomes.sort()).toEqual(['DATA_DIRECTORY_IN_USE', 'DATA_DIRECTORY_IN_USE', 'DATA_DIRECTORY_IN_USE', 'held']);
});

test('processes on one external database may share it', async () => {
  const directory = await temporaryDirectory();
  const worker = await openDataDirectory(directory, { isShared: true });
  const web = await openDataDirectory(directory, { isShared: true });
  worker.release();
  web.release();
});

test('a directory that can not be made is reported with its name', async () => {
  const file = path.join(await temporaryDirectory(), 'file');
  await writeFile(file, '');
  await expect(openDataDirectory(path.join(file, 'mailroom'))).rejects.toMatchObject({
    code: 'DATA_DIRECTORY_NOT_WRITABLE',
    message: expect.stringContaining(file),
  });
});
