import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../server/storage/embedded/embedded-postgres.ts';
import { startFaultProxy, type FaultProxy } from '../../server/testing/fault-proxy.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../../server/testing/mailroom-process.ts';
import { silentLog } from '../../server/testing/silent-log.ts';

/** A web process, two workers and their database; each of them can be killed and comes back. */
export interface Fleet {
  /** Direct, past the proxy. */
  databaseUrl(): string;
  databaseProxy: FaultProxy;
  restartDatabase(downMs: number): Promise<void>;
  names: readonly string[];
  /** Ends a process hard and starts it again after `downMs`. */
  kill(name: string, downMs: number): Promise<void>;
  web(): MailroomProcess;
  /** Starts what is not running. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

const names = ['web', 'worker 1', 'worker 2'] as const;
const token = 'soak'.repeat(8);
const startTries = 10;

export async function startFleet(tell: (text: string) => void): Promise<Fleet> {
  const data = await makeDataDirectory();
  const startDatabase = () => startEmbeddedPostgres({ dataDirectory: data.path, log: silentLog });
  let postgres: EmbeddedPostgres = await startDatabase();
  // A server that was started again listens on another port.
  const target = { port: portOf(postgres) };
  const databaseProxy = await startFaultProxy(target, { isForgetful: true });
  const processes = new Map<string, MailroomProcess>();
  const starting = new Map<string, Promise<void>>();

  async function start(name: string): Promise<void> {
    const url = new URL(postgres.url);
    url.hostname = '127.0.0.1';
    url.port = String(databaseProxy.port);
    for (let attempt = 1; ; attempt++) {
      try {
        const started = await startMailroomProcess({
          dataDirectory: data.path,
          databaseUrl: url.href,
          env: { MAILROOM_ROLE: name === 'web' ? 'web' : 'worker', MAILROOM_API_TOKEN: token, MAILROOM_LOG_LEVEL: 'error' },
        });
        processes.set(name, started);
        return;
      } catch (error) {
        // It ends where the database stays away for too long; whoever runs it starts it again.
        tell(`${name} did not start: ${String(error).split('\n')[1] ?? String(error)}`);
        if (attempt === startTries) throw error;
        await sleep(1_000);
      }
    }
  }
  const startOnce = (name: string) => {
    const under = starting.get(name) ?? start(name).finally(() => starting.delete(name));
    starting.set(name, under);
    return under;
  };

  await Promise.all(names.map(startOnce));
  return {
    names,
    databaseUrl: () => postgres.url,
    databaseProxy,
    async restartDatabase(downMs) {
      await postgres.stop();
      await sleep(downMs);
      postgres = await startDatabase();
      target.port = portOf(postgres);
    },
    async kill(name, downMs) {
      const victim = processes.get(name);
      if (!victim) return;
      processes.delete(name);
      await victim.kill();
      await sleep(downMs);
      await startOnce(name);
    },
    web() {
      const web = processes.get('web');
      if (!web) throw new Error('the web process does not run');
      return web;
    },
    async heal() {
      await Promise.all(starting.values());
      await Promise.all(names.filter((name) => !processes.has(name)).map(startOnce));
    },
    async close() {
      await Promise.allSettled(starting.values());
      for (const one of processes.values()) await one[Symbol.asyncDispose]();
      await databaseProxy.close();
      await postgres.stop();
      await data.remove();
    },
  };
}

const portOf = ({ url }: EmbeddedPostgres) => Number(new URL(url).port);
