import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { MessageSummary } from '../../shared/api/messages.ts';
import { startAptPostgres, type AptPostgres } from './apt-postgres.ts';
import { eventually } from './eventually.ts';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { chain, deployFlow, mailSenderNode, node } from './flows.ts';
import { startHttpSink, type HttpSink } from './http-sink.ts';
import { startMailServer, type MailServer, type MailUser } from './mail-server.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess, type MailroomProcessOptions } from './mailroom-process.ts';
import type { Network } from './network.ts';

/**
 * Several machines for the tests of a file: a PostgreSQL of the system's package, a mail server, and processes that share nothing
 * but the database, each with a data directory of its own. For each test a receiver, mailboxes and flows of its own.
 */
export interface Machines {
  readonly postgres: AptPostgres;
  readonly sink: HttpSink;
  /** The web process that tests talk to. */
  web(): MailroomProcess;
  start(role: 'web' | 'worker', options?: Pick<MailroomProcessOptions, 'through' | 'env' | 'haltAt'>): Promise<MailroomProcess>;
  /** A mailbox and a deployed flow from it to the receiver. */
  mailbox(config?: Record<string, unknown>): Promise<Mailbox>;
  /** Every mail is COMPLETED, reached the receiver, and no repetition went there under another key. */
  delivered(boxes: Mailbox[], deadlineMs?: number): Promise<void>;
  /** How often the receiver was called with a key it had seen before. */
  repetitions(): number;
  messages(box: Mailbox, status?: MessageSummary['status']): Promise<number>;
}

export interface Mailbox {
  user: MailUser;
  flowId: string;
  /** Subjects of all mails put into it. */
  sent: string[];
  put(count: number): Promise<void>;
}

/** What all processes of an installation have in common. */
const common = { MAILROOM_MASTER_KEY: randomBytes(32).toString('base64'), MAILROOM_API_TOKEN: randomBytes(24).toString('base64url') };

/** @param network where those processes run that are started through it; servers are then found at its addresses */
export function useMachines(network: () => Network | undefined = () => undefined): Machines {
  let postgres: AptPostgres;
  let server: MailServer;
  let sink: HttpSink;
  let running: MailroomProcess[] = [];
  const directories: { remove: () => Promise<void> }[] = [];
  let proxies: FaultProxy[] = [];
  let mailAddress = '';
  let sinkUrl = '';
  let web: MailroomProcess | undefined;

  const forward = async (port: number, host: string) => {
    const proxy = await startFaultProxy({ port, host });
    proxies.push(proxy);
    return `${host}:${proxy.port}`;
  };

  beforeAll(async () => {
    const host = network()?.addresses.database;
    [postgres, server] = await Promise.all([startAptPostgres(host ? { host } : {}), startMailServer()]);
  });
  afterAll(async () => {
    await Promise.all([postgres[Symbol.asyncDispose](), server.stop(), ...directories.map(({ remove }) => remove())]);
  });
  beforeEach(async () => {
    sink = await startHttpSink();
    const addresses = network()?.addresses;
    mailAddress = addresses ? await forward(server.ports.imap, addresses.mail) : `localhost:${server.ports.imap}`;
    sinkUrl = addresses ? `http://${await forward(Number(new URL(sink.url).port), addresses.receiver)}/inbound` : sink.url;
  });
  afterEach(async () => {
    await Promise.all(running.map((one) => one[Symbol.asyncDispose]()));
    running = [];
    web = undefined;
    await Promise.all(proxies.map((proxy) => proxy.close()));
    proxies = [];
    await sink.close();
    await postgres.query('drop schema public cascade; drop schema if exists pgboss, drizzle cascade; create schema public');
  });

  const messages: Machines['messages'] = async ({ flowId }, status) => {
    let count = 0;
    let cursor: string | undefined;
    do {
      const query = { limit: 200, flowId, ...(status ? { status } : {}), ...(cursor === undefined ? {} : { cursor }) };
      const page = await theWeb().call('listMessages', { query });
      count += page.items.length;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return count;
  };
  const theWeb = () => {
    if (!web) throw new Error('no web process was started');
    return web;
  };
  const subjects = () => sink.distinct().map((request) => String(JSON.parse(request.body.toString()).headers.subject));

  /** For whoever reads why a test failed. */
  const whatIsOpen = async (flowIds: string[]) => ({
    channels: await postgres.query(
      `select flow_id, is_standing, health, next_poll_at - now() as next_poll, claimed_until - now() as claimed, now()
         from channel where flow_id = any($1::uuid[])`,
      [flowIds],
    ),
    leases: await postgres.query(
      'select key, holder, expires_at - clock_timestamp() as left from lease where expires_at > clock_timestamp()',
    ),
    polls: await postgres.query(
      `select flow_id, started_at, ended_at, result, listed, known, taken, worker, error->>'code' as code, notes
         from poll where flow_id = any($1::uuid[]) order by started_at desc limit 12`,
      [flowIds],
    ),
    messages: await postgres.query(
      `select subject, status, attempt, tries, is_waiting, error, now() from message_log where status <> 'COMPLETED' order by line, received_at limit 3`,
    ),
    jobs: await postgres.query(
      `select state, retry_count, start_after, started_on, heartbeat_on, data from pgboss.job where state <> 'completed' order by created_on limit 5`,
    ),
    sessions: await postgres.query(
      `select state, wait_event, now() - xact_start as since, client_addr, left(query, 120) as query, pg_blocking_pids(pid) as blockers
         from pg_stat_activity where xact_start is not null and pid <> pg_backend_pid()`,
    ),
  });

  return {
    get postgres() {
      return postgres;
    },
    get sink() {
      return sink;
    },
    web: theWeb,
    async start(role, options = {}) {
      const data = await makeDataDirectory();
      directories.push(data);
      const started = await startMailroomProcess({
        dataDirectory: data.path,
        databaseUrl: postgres.url,
        ...options,
        env: { MAILROOM_ROLE: role, ...common, ...options.env },
      });
      running.push(started);
      if (role === 'web') web = started;
      return started;
    },
    async mailbox(config = {}) {
      const user = await server.createUser();
      const { host } = new URL(sinkUrl);
      const hosts = ['localhost', mailAddress.split(':')[0] ?? '', host.split(':')[0] ?? ''];
      await theWeb().call('createCredential', {
        body: { name: user.user, user: user.user, password: user.password, allowedHosts: [...new Set(hosts)] },
      });
      const sender = mailSenderNode(server, 'imap4', {
        credential: user.user,
        address: mailAddress,
        authentication: 'encrypted',
        timeoutMs: 5_000,
        ...config,
      });
      const flowId = await deployFlow(
        theWeb(),
        `Orders of ${user.user}`,
        chain(sender, node('http', 'http-receiver', { url: sinkUrl, timeoutMs: 5_000 })),
      );
      const sent: string[] = [];
      return {
        user,
        flowId,
        sent,
        async put(count) {
          for (let number = 0; number < count; number += 1) {
            const subject = `Order ${sent.length} of ${user.user}`;
            sent.push(subject);
            await user.deliver(
              `From: ada@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${randomBytes(8).toString('hex')}@example.com>\r\n\r\nHello\r\n`,
            );
          }
        },
      };
    },
    async delivered(boxes, deadlineMs = 30_000) {
      const all = boxes.flatMap(({ sent }) => sent).toSorted();
      const completed = async () => Promise.all(boxes.map((box) => messages(box, 'COMPLETED')));
      const incomplete = async () => {
        const counts = await completed();
        return boxes.filter(({ sent }, index) => counts[index] !== sent.length).map(({ flowId }) => flowId);
      };
      const isDone = async () => subjects().length >= all.length && (await incomplete()).length === 0;
      await eventually(isDone, { what: `all ${all.length} mails`, deadlineMs }).catch(async (error: unknown) => {
        const state = { received: subjects().length, completed: await completed(), ...(await whatIsOpen(await incomplete())) };
        throw new Error(
          `${String(error)}: ${JSON.stringify(state, null, 1)}\n${running.map(({ output }) => output.slice(-10).join('\n')).join('\n--\n')}`,
        );
      });
      // Distinct by key: a mail under two keys would be there twice.
      if (subjects().toSorted().join() !== all.join()) throw new Error(`not each mail once: ${subjects().toSorted().join(', ')}`);
    },
    repetitions: () => sink.requests.length - sink.distinct().length,
    messages,
  };
}
