import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { promisify } from 'node:util';

const run = promisify(execFile);

const peers = ['database', 'mail', 'receiver'] as const;
export type Peer = (typeof peers)[number];

/** A machine of its own in a network namespace, joined to this one by a cable that can be cut without a word to either end. */
export interface Network extends AsyncDisposable {
  /** Addresses of this machine, one for each kind of server, seen from both sides. */
  addresses: Record<Peer, string>;
  /** In front of a command: it runs over there. */
  through: string[];
  /** What is sent to that peer, or to all, vanishes: nobody is told. */
  cut(peer: Peer | 'all'): Promise<void>;
  /** Everything gets through again. */
  mend(): Promise<void>;
}

/** @returns undefined where namespaces are not permitted */
export async function startNetwork(): Promise<Network | undefined> {
  const name = `mailroom-${process.pid}-${randomInt(1e6)}`;
  const net = `10.213.${randomInt(256)}`;
  const [here, there] = [`mr${randomInt(1e9)}a`, `mr${randomInt(1e9)}b`];
  const addresses = { database: `${net}.1`, mail: `${net}.2`, receiver: `${net}.3` };
  const ip = (...words: string[]) => run('ip', words, { env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` } });
  const inside = (...words: string[]) => ip('-n', name, ...words);
  const close = async () => {
    await ip('link', 'del', here).catch(() => undefined);
    await ip('netns', 'del', name).catch(() => undefined);
  };
  try {
    await ip('netns', 'add', name);
    await ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there);
    await ip('link', 'set', there, 'netns', name);
    for (const peer of peers) await ip('addr', 'add', `${addresses[peer]}/29`, 'dev', here);
    await ip('link', 'set', here, 'up');
    await inside('addr', 'add', `${net}.6/29`, 'dev', there);
    await inside('link', 'set', 'lo', 'up');
    await inside('link', 'set', there, 'up');
  } catch (error) {
    await close();
    if (isNotPermitted(error)) return undefined;
    throw error;
  }
  return {
    addresses,
    through: ['ip', 'netns', 'exec', name],
    async cut(peer) {
      if (peer === 'all') await ip('link', 'set', here, 'down');
      // To a machine that does not exist.
      else await inside('neigh', 'replace', addresses[peer], 'lladdr', '02:00:00:00:00:01', 'dev', there, 'nud', 'permanent');
    },
    async mend() {
      await ip('link', 'set', here, 'up');
      for (const peer of peers) await inside('neigh', 'del', addresses[peer], 'dev', there).catch(() => undefined);
    },
    [Symbol.asyncDispose]: close,
  };
}

function isNotPermitted(error: unknown): boolean {
  return error instanceof Error && /not permitted|denied|ENOENT|Unknown device type/i.test(error.message);
}
