import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { routes, type RouteAnswer, type RouteBody, type RouteName, type RouteParams, type RouteQuery } from '../../shared/api.ts';
import { eventually } from './eventually.ts';

/** A whole Mailroom in a process of its own, as `npm start` runs it, driven through the API with a token. */
export interface MailroomProcess extends AsyncDisposable {
  url: string;
  pid: number;
  token: string;
  call<N extends RouteName>(name: N, args?: CallArgs<N>): Promise<RouteAnswer<N>>;
  /** Lines it has written so far. */
  output: string[];
  /** Ends it hard; resolves when it is gone. */
  kill(): Promise<void>;
  /** Ends it as Ctrl-C does; resolves with its exit code. */
  stop(): Promise<number | null>;
}

export interface CallArgs<N extends RouteName> {
  params?: RouteParams<N>;
  query?: RouteQuery<N>;
  body?: RouteBody<N>;
}

export class CallFailed extends Error {
  readonly status: number;
  readonly answer: { code?: string; problems?: { path: string }[] };

  constructor(status: number, answer: CallFailed['answer']) {
    super(`${status}: ${JSON.stringify(answer)}`);
    this.status = status;
    this.answer = answer;
  }
}

export interface MailroomProcessOptions {
  dataDirectory: string;
  /** Undefined: the embedded PostgreSQL. */
  databaseUrl?: string | undefined;
  /** Further environment variables. */
  env?: Record<string, string>;
}

const entry = fileURLToPath(new URL('../process.ts', import.meta.url));
const readyDeadlineMs = 60_000;

/** A data directory for one test or bench, below the system's temporary directory. */
export async function makeDataDirectory(): Promise<{ path: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'mailroom-data-'));
  // For root the embedded PostgreSQL runs as another user, who has to pass through.
  await chmod(directory, 0o711);
  return { path: directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

export async function startMailroomProcess({ dataDirectory, databaseUrl, env = {} }: MailroomProcessOptions): Promise<MailroomProcess> {
  const token = env['MAILROOM_API_TOKEN'] ?? randomBytes(24).toString('base64url');
  const child = spawn(process.execPath, [entry], {
    env: {
      ...process.env,
      PORT: '0',
      MAILROOM_PRACTICE_PORT: '0',
      MAILROOM_DATA_DIR: dataDirectory,
      MAILROOM_API_TOKEN: token,
      DATABASE_URL: databaseUrl ?? '',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', (line) => output.push(line));
  const ended = once(child, 'exit');

  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
    return child.exitCode;
  };
  const address = () => {
    if (child.exitCode !== null) throw new Error(`Mailroom ended with code ${child.exitCode}:\n${output.join('\n')}`);
    return output.map((line) => /^\s+(http:\/\/[^\s/]+)/.exec(line)?.[1]).find((url) => url !== undefined);
  };
  try {
    const url = await eventually(address, { what: `the address of Mailroom`, deadlineMs: readyDeadlineMs });
    return {
      url,
      pid: child.pid ?? 0,
      token,
      output,
      kill,
      stop,
      call: (name, args) => callRoute(url, token, name, args ?? {}),
      [Symbol.asyncDispose]: async () => {
        if (child.exitCode === null && child.signalCode === null) await stop();
      },
    };
  } catch (error) {
    await kill();
    throw new Error(`Mailroom did not start:\n${output.join('\n')}`, { cause: error });
  }
}

async function callRoute<N extends RouteName>(
  url: string,
  token: string,
  name: N,
  { params, query, body }: CallArgs<N>,
): Promise<RouteAnswer<N>> {
  const route = routes[name];
  const filled = route.path.replaceAll(/:(\w+)/g, (_, key: string) => encodeURIComponent(String(Object(params)[key])));
  const search = new URLSearchParams(Object.entries(query ?? {}).map(([key, value]) => [key, String(value)]));
  const response = await fetch(`${url}/api/v1${filled}?${search}`, {
    method: route.method,
    headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  const answer: unknown = text === '' ? null : JSON.parse(text);
  if (!response.ok) throw new CallFailed(response.status, Object(answer));
  return answer as RouteAnswer<N>;
}
