import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/** One life of this process; its id alone may be that of an earlier one (always 1 in a container). */
const life = randomUUID();
const dayMs = 24 * 60 * 60 * 1000;

/** Names of unfinished files that tell which process on which machine is writing them. */
export function temporaryNames(): () => string {
  const series = randomUUID();
  let count = 0;
  return () => `${life}.${process.pid}.${series}-${(count += 1)}@${hostname()}`;
}

/** Whether nobody is writing this file any more: its process is gone, or it belongs elsewhere and is a day old. */
export function isLeftover(name: string, changedAt: Date, now = new Date()): boolean {
  const [, itsLife, pid, , host] = /^([0-9a-f-]+)\.(\d+)\.([0-9a-f-]+)@(.+)$/.exec(name) ?? [];
  if (itsLife === life) return false;
  if (pid !== undefined && host === hostname()) return Number(pid) === process.pid || !isAlive(Number(pid));
  return now.getTime() - changedAt.getTime() > dayMs;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
