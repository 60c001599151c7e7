import { once } from 'node:events';
import { expect, test } from 'vitest';
import { runModule } from './testing/child.ts';

const start = (code: string) =>
  runModule(`
    import { startStallWatch } from ${JSON.stringify(new URL('stall-watch.ts', import.meta.url).href)};
    const watch = startStallWatch(2_000);
    ${code}
  `);

test('a process whose event loop stands still is ended', async () => {
  const child = start('setTimeout(() => { for (;;); }, 500);');
  const [code, signal] = await once(child.process, 'exit');
  expect([code, signal]).toEqual([null, 'SIGKILL']);
});

test('one that works in pieces goes on and ends by itself', async () => {
  const child = start(`
    const until = Date.now() + 4_000;
    const work = () => {
      const pieceEnds = Date.now() + 200;
      while (Date.now() < pieceEnds);
      if (Date.now() < until) setTimeout(work);
      else console.log('done');
    };
    work();
  `);
  expect(await child.nextLine()).toBe('done');
  const [code] = child.process.exitCode === null ? await once(child.process, 'exit') : [child.process.exitCode];
  expect(code).toBe(0);
});
