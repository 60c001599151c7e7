import { rm } from 'node:fs/promises';
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { startFaultProxy } from '../testing/fault-proxy.ts';
import { useMailRoom } from '../testing/mail-room.ts';
import { mailWith } from '../testing/mail-with.ts';

/** Which mails of a mailbox are taken, and what is said of the others: real servers, a real Mailroom process, kill -9 in between. */

const room = useMailRoom();
const deliver = (...subjects: string[]) =>
  subjects.reduce((before, subject) => before.then(() => room.user.deliver(mailWith(subject))), Promise.resolve());

/** Every mail it is told to be there when the receiver is asked. */
const delivered = (...subjects: string[]) =>
  eventually(() => subjects.every((subject) => room.subjects().includes(subject)), {
    what: `${subjects.join(', ')} to be delivered`,
    deadlineMs: 25_000,
  });

async function query<T>(sql: string, values: unknown[] = []): Promise<T[]> {
  const client = new Client({ connectionString: room.database.url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}

describe('Search', () => {
  test.each(['imap4', 'pop3'] as const)(
    'over %s takes what it wants, counts the rest, and looks again when it was changed',
    async (protocol) => {
      await deliver('Order 1', 'Newsletter', 'Order 2');
      await room.deploy(protocol, { search: { subject: 'order' } });
      await delivered('Order 1', 'Order 2');
      const poll = await room.nextPoll();
      expect(poll).toMatchObject({ skippedBySearch: 1, taken: 0 });
      expect(room.subjects()).not.toContain('Newsletter');

      await room.redeploy(protocol, { search: { subject: 'newsletter' } });
      await delivered('Newsletter');
      await room.redeploy(protocol, {});
      await deliver('Something else');
      await delivered('Something else');
      expect(room.sink.requests).toHaveLength(4);
    },
  );

  test('over POP3 reads the head of each new mail once, also across kill -9', async () => {
    const proxy = await startFaultProxy({ port: room.server.ports.pop3 });
    try {
      const heads = () => proxy.commands().match(/^TOP \d+ 0/gm)?.length ?? 0;
      await deliver('Order 1', 'Newsletter 1', 'Newsletter 2');
      await room.deploy('pop3', { search: { subject: 'order' }, address: `localhost:${proxy.port}` });
      await delivered('Order 1');
      await room.killAndStart();
      await deliver('Newsletter 3');
      await room.pollUntil((poll) => poll.skippedBySearch === 3, 'three mails to be left out');
      await room.nextPoll();
      expect(heads()).toBe(4);
    } finally {
      await proxy.close();
    }
  });
});

describe('Start With: only mails that arrive from now on', () => {
  test.each(['imap4', 'pop3'] as const)(
    'over %s leaves out what is there, takes what comes, and forgets neither at kill -9 nor at a redeployment',
    async (protocol) => {
      await deliver('Before 1', 'Before 2');
      await room.deploy(protocol, { startWith: 'new', postProcessing: 'none' });
      await room.pollUntil((poll) => poll.beforeStart === 2, 'two mails to be left out');
      await room.killAndStart();
      await deliver('After 1');
      await delivered('After 1');
      await room.redeploy(protocol, { startWith: 'new', postProcessing: 'none', name: 'Redeployed' });
      await deliver('After 2');
      await delivered('After 2');
      expect(room.subjects()).toEqual(['After 1', 'After 2']);
      expect(await room.nextPoll()).toMatchObject({ beforeStart: 2, known: 2, taken: 0 });
    },
  );

  test.each(['imap4', 'pop3'] as const)('over %s does not make old mails new when they are numbered anew', async (protocol) => {
    const before = new Date(Date.now() - 3_600_000);
    for (const subject of ['Before 1', 'Before 2']) await room.user.deliver(mailWith(subject, { received: before }));
    await room.deploy(protocol, { startWith: 'new', selection: 'all', postProcessing: 'none' });
    await room.pollUntil((poll) => poll.beforeStart === 2, 'two mails to be left out');
    await room.user.deliver(mailWith('After 1', { received: new Date(Date.now() + 60_000) }));
    await delivered('After 1');

    await room.user.renumber();
    await room.user.deliver(mailWith('After 2', { received: new Date(Date.now() + 60_000) }));
    await delivered('After 2');
    await room.nextPoll();
    const noted = (await room.polls()).filter((poll) => poll.notes.some((note) => note.includes('numbers its mails anew')));
    expect(noted).toMatchObject([{ taken: 1, known: 1, beforeStart: 2 }]);
    expect(await room.nextPoll()).toMatchObject({ beforeStart: 2, taken: 0 });
    expect(room.subjects()).toEqual(['After 1', 'After 2']);
  });

  test('takes everything where the mailbox was empty, and has no say once a channel has begun', async () => {
    await room.deploy('imap4', { startWith: 'new' });
    await room.nextPoll();
    await deliver('First');
    await delivered('First');
    await room.redeploy('imap4', { startWith: 'existing' });
    await deliver('Second');
    await delivered('Second');
    expect((await room.polls()).every((poll) => poll.beforeStart === 0)).toBe(true);
  });
});

describe('mails that a person reads or marks unread', () => {
  const read = (subject: string) => room.user.setSeen(subject, true);

  test('mails read by someone else are counted, and taken when a person wants them, once', async () => {
    await deliver('Before');
    await room.deploy('imap4', { maxMessages: 1 });
    await delivered('Before');
    // Two mails that somebody reads before a poll sees them.
    await room.mailroom.call('undeployFlow', { params: { id: room.flowId } });
    await eventually(async () => !(await room.mailroom.call('listDeployments')).items.some((one) => one.flowId === room.flowId));
    await deliver('Read 1', 'Unread', 'Read 2');
    await read('Read 1');
    await read('Read 2');
    await room.redeploy('imap4', {});
    await delivered('Unread');
    const counted = await room.pollUntil((poll) => poll.readElsewhere === 2, 'two mails read by someone else');
    expect(counted.taken).toBe(0);
    const channel = await room.channel();
    expect(channel.offers).toEqual({ readElsewhere: 2, unreadAgain: 0 });
    expect(room.subjects()).toEqual(['Before', 'Unread']);

    expect(await room.mailroom.call('takeRead', { params: { id: channel.id } })).toEqual({ count: 2 });
    await delivered('Read 1', 'Read 2');
    await room.inStatus('COMPLETED', 4);
    expect(await room.nextPoll()).toMatchObject({ readElsewhere: 0, taken: 0 });
    await expect(room.mailroom.call('takeRead', { params: { id: channel.id } })).rejects.toMatchObject({ status: 404 });
    expect(room.sink.requests).toHaveLength(4);
  });

  test('a mail that is read and then marked unread again before it was taken is simply taken', async () => {
    await room.deploy('imap4');
    await room.nextPoll();
    await room.mailroom.call('undeployFlow', { params: { id: room.flowId } });
    await eventually(async () => !(await room.mailroom.call('listDeployments')).items.some((one) => one.flowId === room.flowId));
    await deliver('Read');
    await read('Read');
    await room.redeploy('imap4');
    await room.pollUntil((poll) => poll.readElsewhere === 1, 'a mail read by someone else');
    await room.user.setSeen('Read', false);
    await delivered('Read');
    expect((await room.nextPoll()).readElsewhere).toBe(0);
  });

  test('a done mail that is marked unread again is offered, never taken by itself, and processed again as a message of its own', async () => {
    await deliver('Order 1');
    await room.deploy('imap4');
    await room.inStatus('COMPLETED', 1);
    await eventually(async () => (await room.user.flags())[0] === 'S', { what: 'the mail to be read' });
    const [first] = await room.messages();
    await expect(room.mailroom.call('processAgain', { params: { id: first?.id ?? '' } })).rejects.toMatchObject({
      answer: { code: 'MESSAGE_NOT_UNREAD_AGAIN' },
    });

    await room.user.setSeen('Order 1', false);
    await room.pollUntil((poll) => poll.unreadAgain === 1, 'a mail that is unread again');
    expect(await room.nextPoll()).toMatchObject({ unreadAgain: 1, taken: 0 });
    expect((await room.channel()).offers).toEqual({ readElsewhere: 0, unreadAgain: 1 });
    const offered = await room.mailroom.call('listMessages', { query: { flowId: room.flowId, unreadAgain: 'true' } });
    expect(offered.items.map(({ id }) => id)).toEqual([first?.id]);
    expect(room.sink.requests).toHaveLength(1);

    const answers = await Promise.allSettled([1, 2].map(() => room.mailroom.call('processAgain', { params: { id: first?.id ?? '' } })));
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await room.inStatus('COMPLETED', 2);
    await eventually(async () => (await room.user.flags())[0] === 'S', { what: 'the mail to be read again' });
    const repeat = (await room.messages()).find(({ id }) => id !== first?.id);
    expect(await room.mailroom.call('getMessage', { params: { id: repeat?.id ?? '' } })).toMatchObject({ repeatOf: first?.id });
    expect(await room.mailroom.call('getMessage', { params: { id: first?.id ?? '' } })).toMatchObject({ repeatedBy: repeat?.id });
    expect(new Set(room.sink.requests.map((request) => request.headers['idempotency-key'])).size).toBe(2);
    await room.pollUntil((poll) => poll.unreadAgain === 0, 'nothing to be offered');
  });

  test('counting what others read reads no mail and stays with what is new, however much was done before', async () => {
    const proxy = await startFaultProxy({ port: room.server.ports.imap });
    try {
      await deliver(...Array.from({ length: 60 }, (_, index) => `Order ${index}`));
      await room.deploy('imap4', { address: `localhost:${proxy.port}`, maxMessages: 100 });
      await room.inStatus('COMPLETED', 60);
      await eventually(async () => (await room.user.flags()).every((flags) => flags === 'S'), { what: 'all mails to be read' });
      await room.nextPoll();
      const before = proxy.commands().length;
      await room.nextPoll();
      const commands = proxy.commands().slice(before);
      expect(commands).toMatch(/UID SEARCH .*UID 61:\*/);
      expect(commands).not.toMatch(/FETCH/);
    } finally {
      await proxy.close();
    }
  });
});

describe('a folder of many mails', () => {
  test('is described once: later only what is new, and it is still seen which were marked unread again', async () => {
    const proxy = await startFaultProxy({ port: room.server.ports.imap });
    try {
      for (let number = 1; number <= 510; number++) await room.user.deliver(mailWith(`Order ${number}`));
      const config = { address: `localhost:${proxy.port}`, selection: 'all', maxMessages: 600, autoDisconnect: true };
      await room.deploy('imap4', config);
      await eventually(async () => (await room.user.flags()).every((flags) => flags === 'S'), {
        what: 'all mails to be read',
        deadlineMs: 25_000,
      });
      await room.nextPoll();
      const before = proxy.commands().length;
      await deliver('Order 511');
      await room.nextPoll();
      await delivered('Order 511');
      expect(proxy.commands().slice(before)).not.toMatch(/FETCH 1:\d+ .*RFC822\.SIZE/);
      expect(proxy.commands().slice(before)).toMatch(/FETCH 511 .*RFC822\.SIZE/);
      await room.user.setSeen('Order 7', false);
      const poll = await room.pollUntil(({ unreadAgain }) => unreadAgain === 1, 'the mail that is unread again');
      expect(poll).toMatchObject({ listed: 511, known: 511 });
    } finally {
      await proxy.close();
    }
  });
});

describe('mails that are too large', () => {
  test.each(['imap4', 'pop3'] as const)(
    'over %s are set aside with their head, and taken when a person wants this one',
    async (protocol) => {
      await room.user.deliver(mailWith('Big plans', { text: 'x'.repeat(1_200_000) }));
      await deliver('Small');
      await room.deploy(protocol, { maxMailMb: 1 });
      await delivered('Small');
      const [aside] = await eventually(async () => ((await room.setAside()).length === 1 ? room.setAside() : undefined));
      expect(aside).toMatchObject({
        reason: { code: 'MAIL_TOO_LARGE' },
        subject: 'Big plans',
        from: 'Ada <ada@example.com>',
        sentAt: '2026-11-22T10:00:00.000Z',
        hasRaw: false,
      });
      await room.mailroom.call('releaseQuarantined', { params: { id: aside?.id ?? '' } });
      await delivered('Big plans');
      expect(await room.setAside()).toEqual([]);
      expect(room.sink.requests).toHaveLength(2);
    },
  );

  test('one that was released is fetched also when a person has read it meanwhile, and forgotten when it is gone', async () => {
    await room.user.deliver(mailWith('Big plans', { text: 'x'.repeat(1_200_000) }));
    await room.deploy('imap4', { maxMailMb: 1 });
    const [aside] = await eventually(async () => ((await room.setAside()).length === 1 ? room.setAside() : undefined));
    for (const { path } of await room.user.paths()) await rm(path);
    await room.mailroom.call('releaseQuarantined', { params: { id: aside?.id ?? '' } });
    const poll = await room.pollUntil(({ notes }) => notes.length > 0, 'a note');
    expect(poll.notes).toEqual([expect.stringContaining('no longer on the server')]);
    expect((await room.nextPoll()).notes).toEqual([]);
  });
});

test('the ledger keeps flags and arrival of a mail for its message', async () => {
  await deliver('Order 1');
  await room.deploy('imap4', { selection: 'all', postProcessing: 'none' });
  await room.inStatus('COMPLETED', 1);
  const [row] = await query<{ flags: string[]; arrived_at: Date; listed_bytes: string; size_bytes: string }>(
    'select flags, arrived_at, listed_bytes, size_bytes from ledger where message_id = $1',
    [(await room.messages())[0]?.id],
  );
  expect(row).toMatchObject({ flags: [], listed_bytes: row?.size_bytes });
  expect(Math.abs(Date.now() - (row?.arrived_at.getTime() ?? 0))).toBeLessThan(600_000);
});

test('a channel that was deployed by an older version runs on with the defaults of what it lacks', async () => {
  await deliver('Order 1');
  await room.deploy('imap4');
  await delivered('Order 1');
  const lacking = [
    'search',
    'startWith',
    'processingOrder',
    'onFinalFailure',
    'failureFolder',
    'deleteAfterDays',
    'autoDisconnect',
    'timeoutMs',
    'body',
  ];
  await room.mailroom.stop();
  await query(`update channel set config = config - $1::text[], started_at = null where flow_id = $2`, [lacking, room.flowId]);
  await query(`delete from numbering`);
  await room.killAndStart();
  await deliver('Order 2');
  await delivered('Order 2');
  await eventually(async () => (await room.channel()).health === 'ok', { what: 'a healthy channel' });
  expect(room.sink.requests).toHaveLength(2);
});
