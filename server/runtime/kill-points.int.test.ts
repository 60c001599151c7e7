import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wayPoints, type WayPoint } from '../ports/way-points.ts';
import { allDayEvery } from '../../shared/schedule.ts';
import { createTestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/eventually.ts';
import { startFaultProxy, type FaultProxy } from '../testing/fault-proxy.ts';
import { chain, deployCredential, deployFlow, mailSenderNode, node } from '../testing/flows.ts';
import { startHttpSink, type HttpSink } from '../testing/http-sink.ts';
import { startMailServer, type MailServer, type MailUser } from '../testing/mail-server.ts';
import { mailWith } from '../testing/mail-with.ts';
import { makeDataDirectory, startMailroomProcess, type Halt, type MailroomProcess } from '../testing/mailroom-process.ts';

/**
 * Between every two arrows of the way of a mail, everything is killed or cut at once. Each case has a mailbox and a flow of its
 * own, whose mails are halted at the point of the case; when all of them have come to theirs, the disaster strikes all together.
 */

/** The receiver has the mail, and the answer is still to come. */
const inFlight = 'call in flight';

type Action = 'mark-read' | 'delete' | 'archive' | 'archive-mark-read';

interface Case {
  point: WayPoint | typeof inFlight;
  protocol: 'imap4' | 'pop3';
  action: Action;
}

const points: Case['point'][] = [...wayPoints, inFlight];
const settling = wayPoints.filter((point) => point.startsWith('settle.'));
const cases: Case[] = [
  ...points.flatMap((point): Case[] => [
    { point, protocol: 'imap4', action: 'mark-read' },
    { point, protocol: 'pop3', action: 'delete' },
  ]),
  ...settling.flatMap((point) =>
    (['delete', 'archive', 'archive-mark-read'] as const).map((action): Case => ({ point, protocol: 'imap4', action })),
  ),
];
const nameOf = ({ point, protocol, action }: Case) => `${point} (${protocol}, ${action})`;
const mailsEach = 2;
const archive = 'Done';

type Disaster = 'kill -9' | 'mail server and receiver cut' | 'database cut';

/** How often a mail may reach the receiver beyond once, always under the same key; nothing else is ever repeated. */
const repeats: Partial<Record<Disaster, Partial<Record<Case['point'], { least: number; most: number }>>>> = {
  'kill -9': { 'exchange.delivered': { least: 1, most: 1 }, [inFlight]: { least: 1, most: 1 } },
  // The answer may be recorded over the next connection to the database.
  'database cut': { 'exchange.delivered': { least: 0, most: 1 }, [inFlight]: { least: 0, most: 1 } },
  'mail server and receiver cut': { [inFlight]: { least: 1, most: 1 } },
};

/** A case with what it works on. */
interface Place extends Case {
  name: string;
  user: MailUser;
  flowId: string;
  channelId: string;
  /** Of the mails delivered so far. */
  subjects: string[];
  held: (() => void)[];
}

let server: MailServer;
let data: Awaited<ReturnType<typeof makeDataDirectory>>;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let client: Client;
let sink: HttpSink;
let proxies: Record<Case['protocol'], FaultProxy>;
let web: MailroomProcess;
let workers: MailroomProcess[] = [];
const places: Place[] = [];
let isHalting = false;

const startRole = (role: 'web' | 'worker') =>
  startMailroomProcess({
    dataDirectory: data.path,
    databaseUrl: database.url,
    env: { MAILROOM_ROLE: role },
    ...(role === 'worker' ? { haltAt: [...wayPoints] } : {}),
  });

/** More than one: a worker makes 20 polls at once, and most points hold a poll. */
async function startWorkers(): Promise<void> {
  workers = await Promise.all([startRole('worker'), startRole('worker')]);
  for (const worker of workers) worker.onHalt(hold);
}

function hold({ point, channelId, goOn }: Halt): void {
  const place = places.find((one) => one.channelId === channelId);
  if (isHalting && place?.point === point) place.held.push(goOn);
  else goOn();
}

beforeAll(async () => {
  data = await makeDataDirectory();
  database = await createTestDatabase('template');
  [server, sink, web] = await Promise.all([startMailServer(), startHttpSink(), startRole('web'), startWorkers()]);
  client = new Client({ connectionString: database.url });
  await client.connect();
  const [imap4, pop3] = await Promise.all([startFaultProxy({ port: server.ports.imap }), startFaultProxy({ port: server.ports.pop3 })]);
  proxies = { imap4, pop3 };
  sink.onRequest(async ({ path }) => {
    const place = places.find((one) => path.endsWith(`/${places.indexOf(one)}`));
    if (isHalting && place?.point === inFlight) await new Promise<void>((goOn) => place.held.push(goOn));
  });
  for (const one of cases) places.push(await makePlace(one));
  await eventually(
    async () => {
      const { items } = await web.call('listDeployments');
      for (const place of places) place.channelId = items.find(({ flowId }) => flowId === place.flowId)?.channels[0]?.id ?? '';
      return places.every(({ channelId }) => channelId !== '');
    },
    { what: 'all channels', deadlineMs: 20_000 },
  );
}, 90_000);

afterAll(async () => {
  for (const process of [...workers, web]) await process.kill();
  await Promise.all([sink.close(), proxies.imap4.close(), proxies.pop3.close(), client.end()]);
  await server.stop();
  await database.drop();
  await data.remove();
});

async function makePlace(one: Case): Promise<Place> {
  const { protocol, action } = one;
  const name = nameOf(one);
  const user = await server.createUser();
  if (action.startsWith('archive')) await user.createFolder(archive);
  await deployCredential(web, user, user.user);
  const sender = mailSenderNode(server, protocol, {
    credential: user.user,
    address: `localhost:${proxies[protocol].port}`,
    schedule: allDayEvery(4, 'seconds'),
    ...(protocol === 'imap4' ? { postProcessing: action, archiveFolder: archive } : { pop3PostProcessing: action }),
  });
  const receiver = node('http', 'http-receiver', { url: `${sink.url}/${places.length}` });
  const flowId = await deployFlow(web, name, chain(sender, receiver));
  return { ...one, name, user, flowId, channelId: '', subjects: [], held: [] };
}

/** Whether as many have come to the point as will: exchanges each, the rest of the way together. */
function isReached({ point, held }: Place): boolean {
  return held.length >= (point.startsWith('exchange.') || point === inFlight ? mailsEach : 1);
}

const unreached = () => places.filter((place) => !isReached(place)).map(({ name }) => name);

/** What runs beside the mails that are held: exchanges of mails whose poll is held, so that no other call is in flight. */
async function othersEnded(): Promise<boolean> {
  const { rows } = await client.query<{ channel: string }>(
    `select distinct channel_id as channel from message_log where status in ('PROCESSING', 'RETRY')`,
  );
  return rows.every(({ channel }) => {
    const place = places.find(({ channelId }) => channelId === channel);
    return place?.point.startsWith('exchange.') === true || place?.point === inFlight;
  });
}

async function strike(disaster: Disaster): Promise<{ missed: string[]; struckAt: Date }> {
  isHalting = true;
  for (const [index, place] of places.entries()) {
    for (let number = 1; number <= mailsEach; number++) {
      const subject = `${disaster} ${index}-${number}`;
      place.subjects.push(subject);
      await place.user.deliver(mailWith(subject));
    }
  }
  await eventually(async () => unreached().length === 0 && (await othersEnded()), { deadlineMs: 90_000 }).catch(() => undefined);
  const missed = unreached();
  await disasters[disaster]();
  isHalting = false;
  for (const { held } of places) for (const goOn of held.splice(0)) goOn();
  return { missed, struckAt: new Date() };
}

const disasters: Record<Disaster, () => Promise<void>> = {
  async 'mail server and receiver cut'() {
    for (const proxy of Object.values(proxies)) proxy.cutAll();
    sink.cutAll();
  },
  async 'database cut'() {
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
  },
  async 'kill -9'() {
    await Promise.all(workers.map((worker) => worker.kill()));
    isHalting = false;
    await startWorkers();
  },
};

/** Every mail has ended and the server knows, and each mailbox was visited once more since. */
async function recovered(): Promise<void> {
  const isSettled = async () => {
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::int as count from ledger l join message_log m on m.id = l.message_id where m.status = 'COMPLETED' and l.settled_at is not null`,
    );
    return rows[0]?.count === places.reduce((sum, { subjects }) => sum + subjects.length, 0);
  };
  await eventually(isSettled, { what: 'the end of all mails', deadlineMs: 60_000 }).catch(() => undefined);
  const since = new Date();
  const isVisited = async () => {
    const { rows } = await client.query<{ count: number }>(
      `select count(distinct channel_id)::int as count from poll where result = 'completed' and started_at > $1`,
      [since],
    );
    return rows[0]?.count === places.length;
  };
  await eventually(isVisited, { what: 'a visit to each mailbox', deadlineMs: 25_000 }).catch(() => undefined);
}

const requestsFor = (place: Place) => sink.requests.filter(({ path }) => path.endsWith(`/${places.indexOf(place)}`));
const subjectOf = (body: Buffer) => String(JSON.parse(body.toString()).headers.subject);

describe.each(['mail server and receiver cut', 'database cut', 'kill -9'] as const)('%s', (disaster) => {
  let struck: Awaited<ReturnType<typeof strike>>;

  beforeAll(async () => {
    struck = await strike(disaster);
    await recovered();
  }, 240_000);

  test.each(cases.map((one) => [nameOf(one)]))('at %s: every mail arrives once, ends, and is settled on the server', async (name) => {
    const place = places.find((one) => one.name === name);
    if (!place) throw new Error(`no mailbox for ${name}`);
    expect(struck.missed, 'points that no mail came to').not.toContain(name);
    const { user, flowId, subjects, point, action } = place;

    const { items } = await web.call('listMessages', { query: { limit: 200, flowId } });
    expect(items.map(({ subject, status }) => `${subject} ${status}`).sort()).toEqual(subjects.map((one) => `${one} COMPLETED`).sort());
    for (const { id } of items) {
      expect((await web.call('getMessage', { params: { id } })).postProcessing).toEqual({ action, state: 'done', error: null });
    }

    const requests = requestsFor(place);
    const keys = new Set(requests.map(({ headers }) => headers['idempotency-key']));
    expect(keys.size, 'different keys').toBe(subjects.length);
    const { least, most } = repeats[disaster]?.[point] ?? { least: 0, most: 0 };
    for (const subject of subjects.slice(-mailsEach)) {
      const calls = requests.filter(({ body }) => subjectOf(body) === subject);
      expect(calls.length - 1, `repeats of ${subject}`).toBeGreaterThanOrEqual(least);
      expect(calls.length - 1, `repeats of ${subject}`).toBeLessThanOrEqual(most);
      expect(new Set(calls.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    }

    const left = (await user.flags()).join();
    const archived = (await user.flags(archive)).join();
    const all = (flag: string) => subjects.map(() => flag).join();
    expect({ left, archived }).toEqual({
      left: action === 'mark-read' ? all('S') : '',
      archived: action === 'archive' ? all('') : action === 'archive-mark-read' ? all('S') : '',
    });
  });

  test('nothing is set aside, and all channels are well', async () => {
    expect((await web.call('listQuarantine')).items).toEqual([]);
    const { items } = await web.call('listDeployments');
    expect(items.flatMap(({ channels }) => channels).filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  test.runIf(disaster === 'kill -9')('the mailboxes are polled by the workers that were started since', async () => {
    const { rows } = await client.query<{ worker: string }>('select distinct worker from poll where started_at > $1', [struck.struckAt]);
    const dead = rows.filter(({ worker }) => !workers.some(({ pid }) => worker.endsWith(`/${pid}`)));
    expect(dead).toEqual([]);
  });
});

test('nothing has come a second time since', () => {
  const arrived = Map.groupBy(sink.requests, ({ headers }) => String(headers['idempotency-key']));
  expect(arrived.size).toBe(places.reduce((sum, { subjects }) => sum + subjects.length, 0));
});
