import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { simulationEventSchema, type SimulationBody, type SimulationEvent, type SimulatedStep } from '../shared/api/simulations.ts';
import type { FlowDocument } from '../shared/flow.ts';
import { eventually } from './testing/eventually.ts';
import { chain, mailSenderNode, node } from './testing/flows.ts';
import { httpClient } from './testing/http-client.ts';
import { useMailRoom } from './testing/mail-room.ts';

/** Simulations of drawings that nobody has saved, on mails of a real mailbox, with a real receiver. */

const room = useMailRoom();

const mail = (subject: string, text = 'Hello') =>
  `From: Ada <ada@example.com>\r\nTo: orders@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(' ', '-')}@example.com>\r\n\r\n${text}\r\n`;

const client = () => httpClient(room.mailroom.url, { token: room.mailroom.token });
const modifierConfig = { bodyKind: 'set', body: 'Order: ${header.subject}' };
const modifier = node('modify', 'content-modifier', modifierConfig);
const drawing = (protocol: 'imap4' | 'pop3', config: Record<string, unknown> = {}): FlowDocument =>
  chain(
    mailSenderNode(room.server, protocol, { credential: room.user.user, ...config }),
    modifier,
    node('http', 'http-receiver', { url: room.sink.url }),
  );

const messages = async () => (await room.mailroom.call('listMessages')).items.map(({ id }) => id);

async function simulate(body: Omit<SimulationBody, 'flowName'>) {
  const response = await client().send('POST', '/simulations', { flowName: 'Orders', ...body });
  expect(response.headers.get('content-type')).toContain('application/x-ndjson');
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  return outcomeOf(lines.map((line) => simulationEventSchema.parse(JSON.parse(line))));
}

function outcomeOf(events: SimulationEvent[]) {
  const steps: SimulatedStep[] = [];
  for (const event of events) if (event.kind === 'step') steps[event.position] = event;
  const end = events.find((event) => event.kind === 'end');
  return { steps, end, mail: events.find((event) => event.kind === 'mail') };
}

describe.each(['imap4', 'pop3'] as const)('over %s', (protocol) => {
  test('a mail of the mailbox runs through the drawing, and nothing happens to it or to anybody', async () => {
    await room.user.deliver(mail('Order 1'));
    await room.user.deliver(mail('Order 2'));
    const before = { flags: await room.user.flags(), messages: await messages() };
    const document = drawing(protocol, { postProcessing: 'delete', pop3PostProcessing: 'delete' });
    const { mails, total } = await client().call('listMailsToSimulate', { body: { document } });
    expect(mails.map(({ subject, from }) => [subject, from])).toEqual([
      ['Order 2', 'Ada <ada@example.com>'],
      ['Order 1', 'Ada <ada@example.com>'],
    ]);
    expect(total).toBe(2);
    const [, chosen] = mails;
    const { steps, end } = await simulate({ document, mail: { kind: 'mailbox', uid: chosen?.uid ?? '', epoch: chosen?.epoch } });

    expect(end).toMatchObject({ status: 'COMPLETED', error: null });
    expect(steps.map(({ name, outcome, from, call }) => [name, outcome, from, call])).toEqual([
      ['Orders mailbox', 'completed', null, null],
      ['Content Modifier', 'completed', 0, null],
      ['HTTP', 'completed', 1, 'mocked'],
    ]);
    expect(steps[0]?.message).toMatchObject({ headers: { subject: 'Order 1' }, body: { text: expect.stringContaining('Hello') } });
    expect(steps[0]?.message?.properties).toMatchObject({ 'mail.uid': chosen?.uid });
    expect(steps[1]?.message).toMatchObject({ body: { text: 'Order: Order 1', isCut: false } });
    expect(room.sink.requests).toEqual([]);
    expect({ flags: await room.user.flags(), messages: await messages() }).toEqual(before);
    expect(before.flags).toHaveLength(2);
    expect((await room.mailroom.call('listQuarantine')).items).toEqual([]);
  });

  test('mails that a poll would not take are offered on request, and can be simulated', async () => {
    await room.user.deliver(mail('Invoice 1'));
    await room.user.deliver(mail('Order 1'));
    const document = drawing(protocol, { search: { subject: 'Order' } });
    const subjects = async (which: 'wanted' | 'all') =>
      (await client().call('listMailsToSimulate', { body: { document, which } })).mails.map(({ subject }) => subject);
    expect(await subjects('wanted')).toEqual(['Order 1']);
    expect(await subjects('all')).toEqual(['Order 1', 'Invoice 1']);
  });

  test('it shows what a real run does, part by part', async () => {
    await room.user.deliver(mail('Order 7', 'Four chairs'));
    const document = drawing(protocol);
    const { id } = await room.mailroom.call('createFlow', { body: { name: `As it runs ${protocol}`, draft: document } });
    const { mails } = await client().call('listMailsToSimulate', { body: { document } });
    const [chosen] = mails;
    const simulated = await simulate({ document, mail: { kind: 'mailbox', uid: chosen?.uid ?? '', epoch: chosen?.epoch }, live: ['http'] });
    expect(simulated.steps[2]).toMatchObject({ call: 'live', outcome: 'completed', summary: expect.stringContaining('200') });
    expect(room.sink.requests).toHaveLength(1);
    expect(room.sink.requests[0]?.headers['idempotency-key']).toMatch(/^simulation\//);

    await room.mailroom.call('deployFlow', { params: { id }, body: {} });
    await eventually(() => room.sink.requests.length === 2, { what: 'the call of the real run', deadlineMs: 25_000 });
    const [live, real] = room.sink.requests;
    const sent = (request: typeof live) => {
      const { id: _, receivedAt: __, flow: ___, ...parts } = JSON.parse(String(request?.body)) as Record<string, unknown>;
      return parts;
    };
    expect(sent(live)).toEqual(sent(real));
    expect(sent(live)).toMatchObject({ body: 'Order: Order 7', headers: { subject: 'Order 7' } });

    const message = await eventually(
      async () => (await room.mailroom.call('listMessages', { query: { flowId: id, status: 'COMPLETED' } })).items[0],
      { what: 'the message', deadlineMs: 25_000 },
    );
    const traced = await room.mailroom.call('traceMessage', { params: { id: message.id } });
    expect(traced.steps.map(({ nodeId, call }) => [nodeId, call])).toEqual([
      ['mail', null],
      ['modify', null],
      ['http', 'recorded'],
    ]);
    const uidOf = ({ message: shown }: SimulatedStep) => shown?.properties?.['mail.uid'];
    expect(traced.steps.slice(0, 1).map(uidOf)).toEqual(simulated.steps.slice(0, 1).map(uidOf));
    expect(traced.steps[1]?.message).toMatchObject({ body: { text: 'Order: Order 7' } });
    expect(room.sink.requests).toHaveLength(2);

    const past = await simulate({ document, mail: { kind: 'message', id: message.id } });
    expect(past.steps[1]?.message).toEqual(traced.steps[1]?.message);
    await room.mailroom.call('undeployFlow', { params: { id } });
  });
});

test('a mail that was typed, and one of a file, run through a drawing that nobody could deploy', async () => {
  const document = chain(node('mail', 'mail-sender'), modifier, node('http', 'http-receiver'));
  const typed = await simulate({
    document,
    mail: { kind: 'typed', from: 'ada@example.com', to: 'orders@example.com', subject: 'Grüße', text: 'Hello' },
  });
  expect(typed.steps[1]?.message).toMatchObject({ body: { text: 'Order: Grüße' } });
  // It has no address: known only now that a message came to it.
  expect(typed.steps[2]).toMatchObject({ outcome: 'failed', error: { code: 'FLOW_HAS_PROBLEMS' } });
  expect(typed.end).toMatchObject({ status: 'FAILED' });

  const response = await fetch(`${room.mailroom.url}/api/v1/simulations/mails`, {
    method: 'POST',
    headers: { authorization: `Bearer ${room.mailroom.token}`, 'content-type': 'message/rfc822' },
    body: mail('Order 3'),
  });
  const kept = (await response.json()) as { hash: string };
  expect(kept).toMatchObject({ subject: 'Order 3', sizeBytes: mail('Order 3').length });
  const fromFile = await simulate({ document, mail: { kind: 'kept', hash: kept.hash } });
  expect(fromFile.steps[1]?.message).toMatchObject({ body: { text: 'Order: Order 3' } });
  const gone = await simulate({ document, mail: { kind: 'kept', hash: '0'.repeat(64) } });
  expect(gone.end).toMatchObject({ status: 'FAILED', error: { code: 'SIMULATION_MAIL_GONE' } });
});

test('values of parameters are filled in', async () => {
  const document = {
    ...chain(node('mail', 'mail-sender'), node('modify', 'content-modifier', { ...modifierConfig, body: 'For {{team}}' })),
    parameters: [{ name: 'team', description: '', default: 'sales' }],
  };
  const mailOf = { kind: 'typed', from: '', to: '', subject: 'x', text: 'x' } as const;
  const bodyOf = async (values: Record<string, string>) =>
    (await simulate({ document, values, mail: mailOf })).steps[1]?.message?.body?.text;
  expect(await bodyOf({})).toBe('For sales');
  expect(await bodyOf({ team: 'support' })).toBe('For support');
});

test('a large mail is shown in part and runs as a whole', async () => {
  const text = 'A line of the mail.\r\n'.repeat(50_000);
  await room.user.deliver(mail('Large', text));
  const document = chain(
    mailSenderNode(room.server, 'imap4', { credential: room.user.user }),
    node('http', 'http-receiver', { url: room.sink.url }),
  );
  const [chosen] = (await client().call('listMailsToSimulate', { body: { document } })).mails;
  const { steps, end } = await simulate({
    document,
    mail: { kind: 'mailbox', uid: chosen?.uid ?? '', epoch: chosen?.epoch },
    live: ['http'],
  });
  expect(end).toMatchObject({ status: 'COMPLETED' });
  expect(steps[0]?.message?.body).toMatchObject({ isCut: true, characters: expect.any(Number) });
  expect(steps[0]?.message?.body?.text.length).toBe(64 * 1024);
  expect(room.sink.requests[0]?.body.length).toBeGreaterThan(1_000_000);
});

test('what a step makes of a body that a slow reader takes in is told whole, to the last line', async () => {
  // More than the socket takes at once.
  const steps = Array.from({ length: 25 }, (_, index) =>
    node(`m${index}`, 'content-modifier', { bodyKind: 'set', body: `${index} ${'x'.repeat(60_000)}` }),
  );
  const document = chain(node('mail', 'mail-sender'), ...steps);
  const body = { flowName: 'x', document, mail: { kind: 'typed', from: '', to: '', subject: 'x', text: 'x' } };
  const response = await client().send('POST', '/simulations', body);
  const reader = response.body?.getReader();
  const pieces: Uint8Array[] = [];
  for (let next = await reader?.read(); next?.value; next = await reader?.read()) pieces.push(next.value);
  const lines = Buffer.concat(pieces)
    .toString()
    .split('\n')
    .filter((line) => line !== '');
  const { steps: told, end } = outcomeOf(lines.map((line) => simulationEventSchema.parse(JSON.parse(line))));
  expect(end).toMatchObject({ status: 'COMPLETED' });
  expect(told.at(-1)?.message?.body?.text).toMatch(/^24 x/);
});

test('one that waits for a receiver ends when the visitor leaves', async () => {
  let open = 0;
  const silent = createServer((socket) => {
    open += 1;
    socket
      .on('error', () => undefined)
      .once('close', () => (open -= 1))
      .resume();
  }).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
  const document = chain(node('mail', 'mail-sender'), node('http', 'http-receiver', { url }));
  const body = { flowName: 'x', document, live: ['http'], mail: { kind: 'typed', from: '', to: '', subject: 'x', text: 'x' } };
  const response = await client().send('POST', '/simulations', body);
  const reader = response.body?.getReader();
  await reader?.read();
  await eventually(() => open === 1, { what: 'the call' });
  await reader?.cancel();
  await eventually(() => open === 0, { what: 'the end of the call' });
  silent.close();
});

test('a drawing that its parameters would blow up is refused', async () => {
  const body = '{{a}}'.repeat(10_000);
  const document = {
    ...chain(node('mail', 'mail-sender'), node('modify', 'content-modifier', { ...modifierConfig, body })),
    parameters: [{ name: 'a', description: '' }],
  };
  const run = async (a: string) =>
    client().send('POST', '/simulations', {
      flowName: 'x',
      document,
      values: { a },
      mail: { kind: 'typed', from: '', to: '', subject: '', text: '' },
    });
  const refused = await run('x'.repeat(5_000));
  expect(refused.status).toBe(400);
  expect(await refused.text()).toContain('with its parameters the drawing would have more than');
  expect((await run('x')).status).toBe(200);
});

test('what a drawing or a mail lacks is told', async () => {
  const noSender = await client().send('POST', '/simulations', {
    flowName: 'x',
    document: chain(node('http', 'http-receiver')),
    mail: { kind: 'kept', hash: '0'.repeat(64) },
  });
  expect(noSender.status).toBe(409);
  const unknown = await client().send('POST', '/simulations', { flowName: 'x', document: drawing('imap4'), mail: { kind: 'nothing' } });
  expect(unknown.status).toBe(400);
  await room.user.deliver(mail('Order 1'));
  const document = drawing('imap4');
  const [there] = (await client().call('listMailsToSimulate', { body: { document } })).mails;
  const endOf = async (uid: string, epoch = there?.epoch) => (await simulate({ document, mail: { kind: 'mailbox', uid, epoch } })).end;
  expect(await endOf('4711')).toMatchObject({ error: { code: 'SIMULATION_MAIL_GONE' } });
  // The same number in a folder that was made anew is another mail.
  expect(await endOf(there?.uid ?? '', '1')).toMatchObject({ error: { code: 'SIMULATION_MAIL_GONE' } });
  expect(await endOf(there?.uid ?? '')).toMatchObject({ status: 'COMPLETED' });
});
