import { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FlowLogLevel } from '../../shared/log-levels.ts';
import { removeExpiredPayloads } from '../storage/trace-store.ts';
import { eventually } from '../testing/eventually.ts';
import { chain, deployFlow, mailSenderNode, node } from '../testing/flows.ts';
import { useMailRoom } from '../testing/mail-room.ts';

/** What a log level keeps of messages, and for how long. */

const room = useMailRoom();
const secret = 'PLANTED-5b1f0c';
let database: Pool;

beforeAll(() => {
  database = new Pool({ connectionString: room.database.url, max: 2 });
});
afterAll(() => database.end());

const mail = (subject: string, body = 'Three pumps, please.') =>
  [`From: ada@example.test`, 'To: orders@example.test', `Subject: ${subject}`, `X-Api-Key: ${secret}`, '', body, ''].join('\r\n');

/** Mailbox → adds a header and replaces the body → receiver. */
async function deployTraced(): Promise<string> {
  const assignments = [{ target: 'header', name: 'x-sorted', value: 'yes' }];
  return deployFlow(
    room.mailroom,
    'Traced',
    chain(
      mailSenderNode(room.server, 'imap4', { credential: room.user.user, allowedHeaders: '*' }),
      node('mark', 'content-modifier', { assignments }),
      node('http', 'http-receiver', { url: room.sink.url }),
    ),
  );
}

async function setLevel(id: string, level: FlowLogLevel) {
  return room.mailroom.call('setLogLevel', { params: { id }, body: { level } });
}

/** The message with this subject, once it has ended, and what is kept of its first attempt. */
async function ended(flowId: string, subject: string) {
  const message = await eventually(
    async () =>
      (await room.mailroom.call('listMessages', { query: { flowId, status: 'COMPLETED' } })).items.find((one) => one.subject === subject),
    { what: `${subject} to end`, deadlineMs: 25_000 },
  );
  return { id: message.id, ...(await payloadsOf(message.id)) };
}

const payloadsOf = (id: string) => room.mailroom.call('getMessagePayloads', { params: { id }, query: { attempt: 1 } });

test('Info keeps nothing, Debug everything but the body, Trace the body, too; secret headers stay out', async () => {
  const flowId = await deployTraced();
  expect(await room.mailroom.call('getLogLevel', { params: { id: flowId } })).toEqual({ level: 'info', until: null, setBy: null });
  await room.user.deliver(mail('At Info'));
  expect(await ended(flowId, 'At Info')).toMatchObject({ kept: null, steps: [] });

  const debug = await setLevel(flowId, 'debug');
  expect(debug).toMatchObject({ level: 'debug', setBy: expect.stringMatching(/.+/) });
  await room.user.deliver(mail('At Debug'));
  const debugged = await ended(flowId, 'At Debug');
  expect(debugged.kept?.level).toBe('debug');
  expect(debugged.steps).toMatchObject([
    {
      position: 0,
      from: null,
      message: {
        headers: { subject: 'At Debug', 'x-api-key': '•••' },
        properties: { 'flow.name': 'Traced' },
        body: { contentType: 'text/plain', text: '', characters: 21, isCut: true },
        attachments: [],
      },
    },
    { position: 1, from: 0, message: { headers: { 'x-sorted': 'yes' } } },
    { position: 2, from: 1, message: {} },
  ]);
  // What a step did not change is not kept again.
  expect(debugged.steps[1]?.message).not.toHaveProperty('body');
  expect(debugged.steps[2]?.message).not.toHaveProperty('headers');

  await setLevel(flowId, 'trace');
  await room.user.deliver(mail('At Trace', 'x'.repeat(70_000)));
  const traced = await ended(flowId, 'At Trace');
  expect(traced.kept?.level).toBe('trace');
  const body = traced.steps[0]?.message?.body;
  expect(body).toMatchObject({ isCut: true, characters: 70_001 });
  expect(body?.text).toBe('x'.repeat(65_536));

  const { rows } = await database.query(`select string_agg(p::text, '') as all from step_payload p`);
  expect(rows[0].all).toContain('At Trace');
  expect(rows[0].all).not.toContain(secret);
}, 60_000);

test('Trace ends by itself, and what it kept is hidden in that moment and deleted soon after', async () => {
  const flowId = await deployTraced();
  const { until } = await setLevel(flowId, 'trace');
  const { rows } = await database.query('select extract(epoch from $1::timestamptz - now())::int as seconds', [until]);
  expect(rows[0].seconds).toBeGreaterThan(9 * 60);
  expect(rows[0].seconds).toBeLessThanOrEqual(10 * 60);
  await room.user.deliver(mail('Before'));
  const before = await ended(flowId, 'Before');
  expect(before.steps).toHaveLength(3);
  const detail = await room.mailroom.call('getMessage', { params: { id: before.id } });
  expect(detail.payloads).toEqual([{ attempt: 1, level: 'trace', until: before.kept?.until }]);

  await database.query(`update flow_log_level set until = now() where flow_id = $1`, [flowId]);
  expect(await room.mailroom.call('getLogLevel', { params: { id: flowId } })).toMatchObject({ level: 'info', until: null });
  await room.user.deliver(mail('After'));
  expect(await ended(flowId, 'After')).toMatchObject({ kept: null, steps: [] });

  await database.query(`update step_payload set expires_at = now() where message_id = $1`, [before.id]);
  expect(await payloadsOf(before.id)).toEqual({ kept: null, steps: [] });
  expect((await room.mailroom.call('getMessage', { params: { id: before.id } })).payloads).toEqual([]);
  await removeExpiredPayloads(database);
  expect((await database.query('select 1 from step_payload where message_id = $1', [before.id])).rows).toEqual([]);
}, 60_000);

test('deploying again keeps the level, undeploying ends it, and what is not deployed has none', async () => {
  const id = await deployTraced();
  await setLevel(id, 'debug');
  await room.mailroom.call('deployFlow', { params: { id }, body: {} });
  expect(await room.mailroom.call('getLogLevel', { params: { id } })).toMatchObject({ level: 'debug' });
  await room.mailroom.call('undeployFlow', { params: { id } });
  expect(await room.mailroom.call('getLogLevel', { params: { id } })).toMatchObject({ level: 'info' });
  await expect(setLevel(id, 'trace')).rejects.toMatchObject({ answer: { code: 'FLOW_NOT_DEPLOYED' } });
});

test('a time is asked for within bounds', async () => {
  const id = await deployTraced();
  const set = (level: FlowLogLevel, minutes: number) => room.mailroom.call('setLogLevel', { params: { id }, body: { level, minutes } });
  expect(await set('trace', 60)).toMatchObject({ level: 'trace' });
  await expect(set('trace', 61)).rejects.toMatchObject({ status: 400 });
  await expect(set('debug', 0)).rejects.toMatchObject({ status: 400 });
});

test('what is kept of a person goes with her mails', async () => {
  const flowId = await deployTraced();
  await setLevel(flowId, 'trace');
  await room.user.deliver(mail('Forget me'));
  const { id } = await ended(flowId, 'Forget me');
  expect((await database.query('select 1 from step_payload where message_id = $1', [id])).rows).toHaveLength(3);
  await room.mailroom.call('erasePersonsMails', { body: { address: 'ada@example.test' } });
  expect((await database.query('select 1 from step_payload where message_id = $1', [id])).rows).toEqual([]);
});

test('an attempt that failed keeps what it came to', async () => {
  room.sink.answerWith(() => 400);
  const flowId = await deployTraced();
  await setLevel(flowId, 'trace');
  await room.user.deliver(mail('Refused'));
  const message = await eventually(
    async () =>
      (await room.mailroom.call('listMessages', { query: { flowId, status: 'FAILED' } })).items.find((one) => one.subject === 'Refused'),
    { what: 'the failure', deadlineMs: 25_000 },
  );
  const { steps } = await payloadsOf(message.id);
  expect(steps.map(({ message: left }) => left === null)).toEqual([false, false, true]);
  expect(steps[2]).toMatchObject({ position: 2, from: 1 });
});

test('an attempt that was overtaken keeps nothing', async () => {
  const { promise: isHeld, resolve: goOn } = Promise.withResolvers<void>();
  let calls = 0;
  room.sink.respond((_request, response) => {
    calls += 1;
    void isHeld.then(() => response.writeHead(200).end());
  });
  const flowId = await deployTraced();
  await setLevel(flowId, 'trace');
  await room.user.deliver(mail('Overtaken'));
  await eventually(() => calls === 1, { what: 'the call', deadlineMs: 25_000 });
  const { rows } = await database.query(`update message_log set attempt = attempt + 1 where flow_id = $1 returning id`, [flowId]);
  goOn();
  await room.user.deliver(mail('Another'));
  expect(await ended(flowId, 'Another')).toMatchObject({ kept: { level: 'trace' } });
  expect((await database.query('select 1 from step_payload where message_id = $1', [rows[0].id])).rows).toEqual([]);
});

test('the headers that a flow names are kept with the log of each message, whoever may see what the mail holds', async () => {
  const drawing = chain(
    mailSenderNode(room.server, 'imap4', { credential: room.user.user, allowedHeaders: 'X-None' }),
    node('http', 'http-receiver', { url: room.sink.url }),
  );
  const flowId = await deployFlow(room.mailroom, 'Noted', { ...drawing, settings: { logHeaders: 'X-Order-No | x-missing' } });
  await room.user.deliver(
    ['Subject: Noted', 'x-ORDER-no: =?utf-8?Q?K=C3=B6ln?= 7', 'X-Order-No: second', `X-Api-Key: ${secret}`, '', 'Hello', ''].join('\r\n'),
  );
  const { id } = await ended(flowId, 'Noted');
  expect((await room.mailroom.call('getMessage', { params: { id } })).custom).toEqual({ 'X-Order-No': 'Köln 7' });
});
