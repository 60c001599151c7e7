import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { promisify } from 'node:util';
import { FlowError } from '../../../shared/errors.ts';

const run = promisify(execFile);

/** Whom the processes of PostgreSQL run as; `uid` and `gid` are for spawn. */
export interface Identity {
  name: string;
  uid?: number;
  gid?: number;
}

/** Users that own nothing and may not sign in; the first that exists is taken. Whoever wants a user of its own creates `mailroom`. */
const candidates = ['mailroom', 'nobody'];

/**
 * The current user, or for root an unprivileged one, since PostgreSQL refuses to run as root. initdb wants its user to have a name,
 * so a free number won't do. Whoever owns the data already is kept.
 *
 * @param dataPath the cluster's data, which may not exist yet
 */
export async function findIdentity(dataPath: string): Promise<Identity> {
  if (process.getuid?.() !== 0) return { name: 'this user' };

  const owner = statSync(dataPath, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { name: `uid ${owner.uid}`, uid: owner.uid, gid: owner.gid };

  for (const name of candidates) {
    const uid = await idOf('-u', name);
    const gid = await idOf('-g', name);
    if (uid && gid) return { name, uid, gid };
  }
  throw new FlowError('EMBEDDED_DATABASE_FAILED', {
    reason: `it may not run as root, and there is neither a user ${candidates.join(' nor ')}`,
  });
}

/** Undefined when there is no such user; asks `id`, which knows users from all sources, /etc/passwd or not. */
async function idOf(kind: '-u' | '-g', name: string): Promise<number | undefined> {
  try {
    return Number((await run('id', [kind, name])).stdout.trim());
  } catch {
    return undefined;
  }
}

/** @throws FlowError EMBEDDED_DATABASE_UNREACHABLE when some directory above it keeps that user out */
export async function requireReachable(directory: string, { name, uid, gid }: Identity): Promise<void> {
  if (uid === undefined) return;
  try {
    await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], { uid, gid });
  } catch (cause) {
    throw new FlowError('EMBEDDED_DATABASE_UNREACHABLE', { directory, user: name }, { cause });
  }
}
