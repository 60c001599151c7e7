import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { ChannelView } from '../../shared/api/flows.ts';
import type { MessageSummary, MessageView } from '../../shared/api/messages.ts';
import type { PollView } from '../../shared/api/polls.ts';
import type { QuarantineView } from '../../shared/api/quarantine.ts';
import type { WayPoint } from '../ports/way-points.ts';
import { createTestDatabase } from './database.ts';
import { eventually } from './eventually.ts';
import { chain, deployCredential, deployFlow, mailSenderNode, node } from './flows.ts';
import { startHttpSink, type HttpSink } from './http-sink.ts';
import { startMailServer, type MailServer, type MailServerOptions, type MailUser } from './mail-server.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from './mailroom-process.ts';

/** A Mailroom process, a mail server and a database for the tests of a file; for each test a mailbox, a receiver and a flow of its own. */
export interface MailRoom {
  readonly server: MailServer;
  readonly mailroom: MailroomProcess;
  readonly database: { url: string };
  readonly user: MailUser;
  readonly sink: HttpSink;
  readonly flowId: string;
  /** The subjects that the receiver was sent, repetitions under the same key left out, in their order. */
  subjects(): string[];
  /** Deploys a flow from the test's mailbox to its receiver. */
  deploy(protocol: 'imap4' | 'pop3', config?: Record<string, unknown>): Promise<void>;
  /** Deploys it again with another configuration of its channel. */
  redeploy(protocol: 'imap4' | 'pop3', config?: Record<string, unknown>): Promise<void>;
  /** Ends the process hard and starts another. */
  killAndStart(): Promise<void>;
  /** A worker process on the same database, for this test; it halts at the named points. */
  startWorker(haltAt?: WayPoint[]): Promise<MailroomProcess>;
  channel(): Promise<ChannelView>;
  messages(status?: MessageSummary['status']): Promise<MessageSummary[]>;
  message(subject: string): Promise<MessageView>;
  polls(): Promise<PollView[]>;
  setAside(): Promise<QuarantineView[]>;
  inStatus(status: MessageSummary['status'], count: number): Promise<void>;
  /** A poll that has begun after the call and was completed. */
  nextPoll(): Promise<PollView>;
  /** Polls until one fits. */
  pollUntil(fits: (poll: PollView) => boolean | Promise<boolean>, what: string): Promise<PollView>;
}

/**
 * @param role `web`: polls are made and messages run only by processes started with `startWorker`
 * @param env of the processes
 * @param settings of the flows that are deployed
 */
export function useMailRoom({
  role = 'all',
  env = {},
  settings = {},
  ...options
}: MailServerOptions & { role?: 'all' | 'web'; env?: Record<string, string>; settings?: Record<string, unknown> } = {}): MailRoom {
  let data: Awaited<ReturnType<typeof makeDataDirectory>>;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let server: MailServer;
  let mailroom: MailroomProcess;
  let others: MailroomProcess[] = [];
  let user: MailUser;
  let sink: HttpSink;
  let flowId = '';

  const start = (role: string, haltAt?: WayPoint[]) =>
    startMailroomProcess({
      dataDirectory: data.path,
      databaseUrl: database.url,
      env: { ...env, MAILROOM_ROLE: role },
      ...(haltAt ? { haltAt } : {}),
    });

  beforeAll(async () => {
    data = await makeDataDirectory();
    database = await createTestDatabase('template');
    [server, mailroom] = await Promise.all([startMailServer(options), start(role)]);
  });
  afterAll(async () => {
    await mailroom[Symbol.asyncDispose]();
    await server.stop();
    await database.drop();
    await data.remove();
  });

  beforeEach(async () => {
    [user, sink] = await Promise.all([server.createUser(), startHttpSink()]);
    await deployCredential(mailroom, user, user.user);
  });
  afterEach(async () => {
    for (const other of others) await other[Symbol.asyncDispose]();
    others = [];
    for (const deployment of (await mailroom.call('listDeployments')).items.filter(({ state }) => state !== 'Stopping'))
      await mailroom.call('undeployFlow', { params: { id: deployment.flowId } });
    await sink.close();
  });

  const draftOf = (protocol: 'imap4' | 'pop3', config: Record<string, unknown>) => ({
    ...chain(mailSenderNode(server, protocol, { credential: user.user, ...config }), node('http', 'http-receiver', { url: sink.url })),
    settings,
  });
  const polls = async () => (await mailroom.call('listPolls', { query: { limit: 100, flowId } })).items;
  const messages = async (status?: MessageSummary['status']) =>
    (await mailroom.call('listMessages', { query: { limit: 200, flowId, ...(status ? { status } : {}) } })).items;

  const pollUntil: MailRoom['pollUntil'] = (fits, what) => {
    const since = Date.now();
    return eventually(
      async () => {
        await mailroom.call('pollNow', { params: { id: flowId } });
        for (const poll of await polls()) {
          if (poll.result === 'completed' && Date.parse(poll.startedAt) >= since && (await fits(poll))) return poll;
        }
        return undefined;
      },
      { what, deadlineMs: 25_000 },
    );
  };

  return {
    get server() {
      return server;
    },
    get mailroom() {
      return mailroom;
    },
    get database() {
      return database;
    },
    get user() {
      return user;
    },
    get sink() {
      return sink;
    },
    get flowId() {
      return flowId;
    },
    subjects: () => sink.distinct().map((request) => String(JSON.parse(request.body.toString()).headers.subject)),
    async deploy(protocol, config = {}) {
      flowId = await deployFlow(mailroom, 'Orders', draftOf(protocol, config));
    },
    async redeploy(protocol, config = {}) {
      const { revision } = await mailroom.call('getFlow', { params: { id: flowId } });
      await mailroom.call('saveFlow', { params: { id: flowId }, body: { revision, draft: draftOf(protocol, config) } });
      const { version } = await mailroom.call('deployFlow', { params: { id: flowId }, body: {} });
      await eventually(async () => {
        const deployment = (await mailroom.call('listDeployments')).items.find((one) => one.flowId === flowId);
        return deployment?.version === version && deployment.state === 'Started';
      });
    },
    async killAndStart() {
      await mailroom.kill();
      mailroom = await start(role);
    },
    async startWorker(haltAt) {
      const other = await start('worker', haltAt);
      others.push(other);
      return other;
    },
    async channel() {
      return eventually(async () => (await mailroom.call('listDeployments')).items.find((one) => one.flowId === flowId)?.channels[0], {
        what: 'the channel',
      });
    },
    messages,
    async message(subject) {
      const find = async () => (await messages()).find((one) => one.subject === subject);
      const { id } = await eventually(find, { what: `a message '${subject}'`, deadlineMs: 25_000 });
      return mailroom.call('getMessage', { params: { id } });
    },
    polls,
    setAside: async () => (await mailroom.call('listQuarantine')).items.filter((one) => one.flowId === flowId),
    async inStatus(status, count) {
      await eventually(async () => (await messages(status)).length === count, {
        what: `${count} messages ${status}`,
        deadlineMs: 30_000,
      });
    },
    nextPoll: () => pollUntil(() => true, 'the next poll'),
    pollUntil,
  };
}
