import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import type { WayPoint } from '../ports/way-points.ts';
import { eventually } from './eventually.ts';
import { httpClient, type HttpClient } from './http-client.ts';

/** A whole Mailroom in a process of its own, as `npm start` runs it, driven through the API with a token. */
export interface MailroomProcess extends AsyncDisposable {
  url: string;
  pid: number;
  token: string;
  call: HttpClient['call'];
  /** Lines it has written so far. */
  output: string[];
  /** The next time it halts at one of the points of `haltAt`. */
  halted(): Promise<Halt>;
  /** Is told of each halt from now on, and of those that nobody has asked for; `halted` is not any more. */
  onHalt(listener: (halt: Halt) => void): void;
  /** Ends it hard; resolves when it is gone. */
  kill(): Promise<void>;
  /** Ends it as Ctrl-C does, or as a supervisor; resolves with its exit code. */
  stop(signal?: 'SIGINT' | 'SIGTERM'): Promise<number | null>;
}

/** It goes on when `goOn` is called. */
export interface Halt {
  point: WayPoint;
  channelId: string;
  goOn: () => void;
}

export interface MailroomProcessOptions {
  dataDirectory: string;
  /** Undefined: the embedded PostgreSQL. */
  databaseUrl?: string | undefined;
  /** A command that starts the process in surroundings of its own, such as a network, and becomes it. */
  through?: string[];
  /** Further environment variables. */
  env?: Record<string, string>;
  /** Where it is to halt. */
  haltAt?: WayPoint[];
  /** The watchdog looks each half second, and alerts clear after a second. */
  isWatchQuick?: boolean;
}

const entry = fileURLToPath(new URL('../process.ts', import.meta.url));
const haltingEntry = fileURLToPath(new URL('halting-process.ts', import.meta.url));
const quickEntry = fileURLToPath(new URL('quick-watch-process.ts', import.meta.url));
/** Those of `npm start`. */
const nodeFlags = packageJson.scripts.start.split(' ').filter((word) => word.startsWith('--'));
const readyDeadlineMs = 60_000;
const haltDeadlineMs = 30_000;

/** A data directory for one test or bench, below the system's temporary directory. */
export async function makeDataDirectory(): Promise<{ path: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'mailroom-data-'));
  // For root the embedded PostgreSQL runs as another user, who has to pass through.
  await chmod(directory, 0o711);
  return { path: directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

export async function startMailroomProcess({
  dataDirectory,
  databaseUrl,
  through = [],
  env = {},
  haltAt,
  isWatchQuick = false,
}: MailroomProcessOptions): Promise<MailroomProcess> {
  const token = env['MAILROOM_API_TOKEN'] ?? randomBytes(24).toString('base64url');
  const entryFile = haltAt ? haltingEntry : isWatchQuick ? quickEntry : entry;
  const [command, ...rest] = [...through, process.execPath, ...nodeFlags, entryFile];
  const child = spawn(command, rest, {
    env: {
      ...process.env,
      PORT: '0',
      MAILROOM_PRACTICE_PORT: '0',
      MAILROOM_DATA_DIR: dataDirectory,
      MAILROOM_API_TOKEN: token,
      DATABASE_URL: databaseUrl ?? '',
      ...(haltAt ? { MAILROOM_TEST_HALT_AT: haltAt.join() } : {}),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', haltAt ? 'ipc' : 'ignore'],
  });
  const output: string[] = [];
  for (const input of [child.stdout, child.stderr]) if (input) createInterface({ input }).on('line', (line) => output.push(line));
  const ended = once(child, 'exit');
  const halts = haltsOf(child);

  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  const stop: MailroomProcess['stop'] = async (signal = 'SIGINT') => {
    child.kill(signal);
    await ended;
    return child.exitCode;
  };
  // A worker has no address.
  const address = () => {
    if (child.exitCode !== null) throw new Error(`Mailroom ended with code ${child.exitCode}:\n${output.join('\n')}`);
    if (!output.some((line) => line.includes('Ctrl-C stops it'))) return undefined;
    return output.map((line) => /^\s+(http:\/\/[^\s/]+)/.exec(line)?.[1]).find((url) => url !== undefined) ?? '';
  };
  try {
    const url = await eventually(address, { what: `the address of Mailroom`, deadlineMs: readyDeadlineMs });
    return {
      url,
      pid: child.pid ?? 0,
      token,
      output,
      halted: () => eventually(() => halts.next(), { what: `a halt at ${haltAt?.join(' or ')}`, deadlineMs: haltDeadlineMs }),
      onHalt: (listener) => halts.onHalt(listener),
      kill,
      stop,
      call: httpClient(url, { token }).call,
      [Symbol.asyncDispose]: async () => {
        if (child.exitCode === null && child.signalCode === null) await stop();
      },
    };
  } catch (error) {
    await kill();
    throw new Error(`Mailroom did not start:\n${output.join('\n')}`, { cause: error });
  }
}

/** Keeps halts, oldest first, until somebody asks for them. */
function haltsOf(child: ChildProcess) {
  const kept: Halt[] = [];
  let tell: (halt: Halt) => void = (halt) => kept.push(halt);
  child.on('message', (message) => {
    const { id, point, channelId } = message as { id: number; point: WayPoint; channelId: string };
    tell({ point, channelId, goOn: () => child.connected && child.send(id) });
  });
  return {
    next: () => kept.shift(),
    onHalt(listener: (halt: Halt) => void) {
      tell = listener;
      for (const halt of kept.splice(0)) listener(halt);
    },
  };
}
