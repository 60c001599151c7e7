import process from 'node:process';
import { haltAt, type WayPoint } from '../ports/way-points.ts';
import { runProcess } from '../process.ts';

/**
 * A Mailroom that halts where it is told: at the points named in MAILROOM_TEST_HALT_AT (comma-separated) it tells its parent
 * over IPC and waits for a message before it goes on. Started by `startMailroomProcess({ haltAt })`, never by `npm start`.
 */

const points = new Set(process.env['MAILROOM_TEST_HALT_AT']?.split(','));
const waiting = new Map<number, () => void>();
let count = 0;

haltAt((point: WayPoint, channelId: string) => {
  if (!points.has(point)) return undefined;
  const id = ++count;
  return new Promise((goOn) => {
    waiting.set(id, goOn);
    process.send?.({ id, point, channelId });
  });
});
process.on('message', (id: number) => {
  waiting.get(id)?.();
  waiting.delete(id);
});

await runProcess();
