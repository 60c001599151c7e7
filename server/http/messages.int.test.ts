import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { messageIdAt } from '../storage/message-ids.ts';
import { channel, ledger, messageLog, quarantine, runStep } from '../storage/schema.ts';
import type { HttpClient } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/http-server.ts';

/** Messages, their content and their downloads. */

let server: TestServer;
let program: HttpClient;
let flowId: string;
let channelId: string;

const draft = {
  nodes: [{ id: 'mail', type: 'mail-sender', position: { x: 0, y: 0 }, config: { address: 'mail.example.com' } }],
  edges: [],
};

const mail = [
  'From: =?utf-8?q?J=C3=BCrgen?= <juergen@example.com>',
  'To: orders@example.com',
  'Subject: =?utf-8?q?Bestellung_=E2=82=AC?=',
  'Message-ID: <1@example.com>',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'Three pumps, please.',
  '--b',
  'Content-Type: text/html; name="../evil page.html"',
  'Content-Disposition: attachment; filename="../evil page.html"',
  '',
  '<script>alert(1)</script>',
  '--b--',
  '',
].join('\r\n');

beforeAll(async () => {
  server = await startTestServer();
  program = await server.program();
  const flow = await server.parts.flows.create({ name: 'Orders', description: '', draft });
  flowId = flow.id;
  await server.parts.deployments.start(flow, draft, { by: 'test', note: '', values: {} });
  channelId = randomUUID();
  const row = { id: channelId, flowId, nodeId: 'mail', name: 'Mail', version: 1, type: 'mail-sender', config: {} };
  await server.database.db.insert(channel).values(row);
});
afterAll(() => server.close());
beforeEach(() => server.database.db.delete(messageLog));

interface Given {
  raw?: string;
  status?: string;
  subject?: string;
  receivedAt?: Date;
}

/** A message as intake leaves it. */
async function addMessage({
  raw = mail,
  status = 'COMPLETED',
  subject = 'Bestellung €',
  receivedAt = new Date(),
}: Given = {}): Promise<string> {
  const { hash, sizeBytes } = await server.parts.blobs.put(Buffer.from(raw));
  const id = messageIdAt(receivedAt);
  const head = { subject, from: 'Jürgen <juergen@example.com>', to: 'orders@example.com', mailMessageId: '<1@example.com>' };
  await server.database.db
    .insert(messageLog)
    .values({ id, flowId, version: 1, channelId, nodeId: 'mail', status, ...head, sizeBytes, rawHash: hash, receivedAt });
  return id;
}

describe('one message', () => {
  it('is shown with its steps, decoded headers, text and attachments', async () => {
    const id = await addMessage();
    const step = { messageId: id, attempt: 1, position: 0, nodeId: 'mail', name: 'Mail', type: 'mail-sender', outcome: 'completed' };
    await server.database.db.insert(runStep).values({ ...step, startedAt: new Date(), summary: 'taken in' });
    const message = await program.call('getMessage', { params: { id } });
    expect(message).toMatchObject({ status: 'COMPLETED', flowName: 'Orders', nodeId: 'mail', origin: null });
    expect(message.steps).toMatchObject([{ outcome: 'completed', summary: 'taken in', endedAt: null }]);
    const content = await program.call('getMessageContent', { params: { id } });
    expect(content.headers).toContainEqual({ name: expect.stringMatching(/^subject$/i), value: 'Bestellung €' });
    expect(content).toMatchObject({ body: expect.stringContaining('Three pumps, please.'), isBodyCut: false, isHtml: false });
    expect(content.attachments).toMatchObject([{ index: 0, contentType: 'text/html' }]);
  });

  it('says where its mail lay, exactly', async () => {
    const id = await addMessage();
    const row = {
      channelId,
      messageId: id,
      mailbox: 'mail.example.com/ada/INBOX/Orders',
      epoch: '1700000000',
      uid: '42',
      state: 'taken',
      sizeBytes: 1,
    };
    await server.database.db.insert(ledger).values(row);
    expect((await program.call('getMessage', { params: { id } })).origin).toEqual({
      host: 'mail.example.com',
      user: 'ada',
      folder: 'INBOX/Orders',
      uidValidity: '1700000000',
      uid: '42',
    });
  });

  it('says where its mail lay when the name of the user holds a slash', async () => {
    const id = await addMessage();
    const mailbox = 'mail.example.com/ada/shared/orders/INBOX';
    await server.database.db
      .insert(ledger)
      .values({ channelId, messageId: id, mailbox, epoch: '1700000000', uid: '43', state: 'taken', sizeBytes: 1 });
    const { origin } = await program.call('getMessage', { params: { id } });
    expect(origin).toMatchObject({ host: 'mail.example.com', user: 'ada/shared/orders', folder: 'INBOX' });
  });

  it('is shown without what the mail holds to those who may not see that', async () => {
    const id = await addMessage();
    const viewer = await server.as('viewer');
    expect(await viewer.call('getMessage', { params: { id } })).toMatchObject({ subject: 'Bestellung €' });
    for (const path of ['content', 'html', 'raw', 'attachments/0', 'trace'])
      expect((await viewer.send('GET', `/messages/${id}/${path}`)).status, path).toBe(403);
  });

  it('has at most 256 KiB of its body', async () => {
    const id = await addMessage({ raw: `Subject: long\r\n\r\n${'x'.repeat(300_000)}\r\n` });
    const content = await program.call('getMessageContent', { params: { id } });
    expect(content.isBodyCut).toBe(true);
    expect(content.body).toHaveLength(262_144);
  });

  it('says why its content can not be read, and is shown all the same', async () => {
    const id = await addMessage({ raw: 'Content-Type: multipart/mixed\r\n\r\nno boundary\r\n' });
    expect(await program.call('getMessage', { params: { id } })).toMatchObject({ id });
    const refused = { answer: { code: 'MAIL_NOT_PARSEABLE' } };
    await expect(program.call('getMessageContent', { params: { id } })).rejects.toMatchObject(refused);
    expect(await (await program.send('GET', `/messages/${id}/html`)).json()).toMatchObject(refused.answer);
  });

  it('is shown without its raw mail when that is gone', async () => {
    const id = await addMessage({ raw: 'Subject: gone\r\n\r\n' });
    const row = await server.parts.messages.get(id);
    await server.parts.blobs.remove(row?.rawHash ?? '');
    expect(await program.call('getMessage', { params: { id } })).toMatchObject({ id });
    await expect(program.call('getMessageContent', { params: { id } })).rejects.toMatchObject({ answer: { code: 'BLOB_MISSING' } });
    const download = await program.send('GET', `/messages/${id}/raw`);
    expect(download.status).toBeGreaterThanOrEqual(400);
    expect(await download.json()).toMatchObject({ code: 'BLOB_MISSING' });
    expect(download.headers.get('content-disposition')).toBeNull();
  });

  it('can be run again when it failed, and cancelled while it runs', async () => {
    const failed = await addMessage({ status: 'FAILED' });
    expect(await program.call('retryMessage', { params: { id: failed } })).toMatchObject({ status: 'PROCESSING', attempts: 2 });
    await expect(program.call('retryMessage', { params: { id: failed } })).rejects.toMatchObject({
      answer: { code: 'MESSAGE_NOT_RERUNNABLE' },
    });
    expect(await program.call('cancelMessage', { params: { id: failed } })).toMatchObject({ status: 'CANCELLED' });
    await expect(program.call('cancelMessage', { params: { id: failed } })).rejects.toMatchObject({ answer: { code: 'MESSAGE_ENDED' } });
  });
});

describe('the list of messages', () => {
  it('goes page by page, newest first, and can be searched', async () => {
    for (let i = 1; i <= 5; i++) await addMessage({ subject: `Order ${i}`, receivedAt: new Date(2026, 0, i) });
    const first = await program.call('listMessages', { query: { limit: 3, flowId } });
    expect(first.items.map((item) => item.subject)).toEqual(['Order 5', 'Order 4', 'Order 3']);
    const second = await program.call('listMessages', { query: { limit: 3, cursor: first.nextCursor ?? '' } });
    expect(second.items.map((item) => item.subject)).toEqual(['Order 2', 'Order 1']);
    expect(second.nextCursor).toBeNull();
    const found = await program.call('listMessages', { query: { search: 'order 2', status: 'COMPLETED' } });
    expect(found.items.map((item) => item.subject)).toEqual(['Order 2']);
  });
});

describe('the chart', () => {
  it('counts what was received per step, and the list shows the same messages', async () => {
    const from = new Date('2026-10-01T06:20:00Z');
    const at = (minutes: number) => new Date(from.getTime() + minutes * 60_000);
    for (const [minutes, status] of [
      [0, 'COMPLETED'],
      [10, 'FAILED'],
      [50, 'COMPLETED'],
      [55, 'COMPLETED'],
    ] as const)
      await addMessage({ status, receivedAt: at(minutes), subject: `after ${minutes}` });
    const times = { from: from.toISOString(), to: at(120).toISOString() };
    const chart = await program.call('getMessageChart', { query: { ...times, stepHours: 1, flowId } });
    expect(chart).toMatchObject({
      from: '2026-10-01T06:00:00.000Z',
      steps: [
        { at: '2026-10-01T06:00:00.000Z', counts: { COMPLETED: 1, FAILED: 1 } },
        { at: '2026-10-01T07:00:00.000Z', counts: { COMPLETED: 2 } },
      ],
    });
    const { items } = await program.call('listMessages', { query: { from: at(10).toISOString(), to: at(55).toISOString() } });
    expect(items.map((item) => item.subject)).toEqual(['after 50', 'after 10']);
  });

  it.each([
    ['too many steps', { from: '2020-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z', stepHours: 1 }],
    ['steps of nothing', { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z', stepHours: 0 }],
    ['no time', { from: 'yesterday', to: '2026-01-02T00:00:00Z', stepHours: 1 }],
  ])('refuses %s', async (_, query) => {
    await expect(program.call('getMessageChart', { query })).rejects.toMatchObject({ answer: { code: 'BAD_REQUEST' } });
  });
});

describe('retention', () => {
  it('is kept as it is set, and refuses what is no number of days', async () => {
    expect(await program.call('getRetention')).toEqual({ endedDays: 90, failedDays: 365 });
    await program.call('setRetention', { body: { endedDays: 7, failedDays: null } });
    expect(await program.call('getRetention')).toEqual({ endedDays: 7, failedDays: null });
    for (const endedDays of [0, -1, 1.5, 1e9])
      await expect(program.call('setRetention', { body: { endedDays, failedDays: 1 } })).rejects.toMatchObject({
        answer: { code: 'BAD_REQUEST' },
      });
  });
});

describe('downloads', () => {
  it('hand out the exact raw mail, only to be saved', async () => {
    const id = await addMessage();
    const response = await program.send('GET', `/messages/${id}/raw`);
    expect(await response.text()).toBe(mail);
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="Bestellung ?.eml"; filename*=UTF-8''Bestellung%20%E2%82%AC.eml`,
    );
    expect(response.headers.get('content-type')).toBe('message/rfc822');
    expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(mail)));
    expect(response.headers.get('content-security-policy')).toContain('sandbox');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('hand out an attachment as bytes, whatever it says it is, under a harmless name', async () => {
    const id = await addMessage();
    const response = await program.send('GET', `/messages/${id}/attachments/0`);
    expect((await response.text()).trim()).toBe('<script>alert(1)</script>');
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="[^/\\]*evil page.html"$/);
    expect(response.headers.get('content-security-policy')).toContain('sandbox');
  });

  it('of what is not there are not found', async () => {
    const id = await addMessage();
    for (const path of [`/messages/${id}/attachments/7`, `/messages/${randomUUID()}/raw`, `/quarantine/${randomUUID()}/raw`]) {
      expect((await program.send('GET', path)).status).toBe(404);
    }
    expect((await program.send('GET', `/messages/${id}/attachments/x`)).status).toBe(400);
  });

  it('hand out the raw mail of the quarantine', async () => {
    const messageId = await addMessage({ status: 'FAILED' });
    const { hash, sizeBytes } = await server.parts.blobs.put(Buffer.from(mail));
    const numbering = { channelId, mailbox: 'mail.example.com/orders/INBOX', epoch: '1', uid: '1', state: 'quarantined', messageId };
    const [known] = await server.database.db
      .insert(ledger)
      .values({ ...numbering, sizeBytes })
      .returning();
    const reason = { code: 'MAIL_NOT_PARSEABLE', message: 'It can not be read.', remedy: 'Look at it.', retryable: false };
    await server.database.db
      .insert(quarantine)
      .values({ channelId, flowId, ledgerId: known?.id ?? 0, messageId, reason, subject: 'x/y', sizeBytes, rawHash: hash });
    const [item] = (await program.call('listQuarantine')).items;
    expect(item).toMatchObject({ flowName: 'Orders', reason, hasRaw: true });
    const response = await program.send('GET', `/quarantine/${item?.id}/raw`);
    expect(await response.text()).toBe(mail);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename=x_y.eml');
    expect(await program.call('discardQuarantined', { params: { id: item?.id ?? '' } })).toBeNull();
    expect((await program.call('listQuarantine')).items).toEqual([]);
  });

  it('stop reading when the visitor leaves', async () => {
    let isReleased = false;
    const endless = {
      ...server.parts.blobs,
      async *open() {
        try {
          for (;;) yield Buffer.alloc(65_536, 'x');
        } finally {
          isReleased = true;
        }
      },
    };
    const other = await startTestServer({ blobs: endless, messages: server.parts.messages });
    try {
      const id = await addMessage();
      const response = await (await other.program()).send('GET', `/messages/${id}/raw`);
      await response.body?.cancel();
      await expect.poll(() => isReleased, { timeout: 10_000 }).toBe(true);
    } finally {
      await other.close();
    }
  });
});

describe('an HTML mail', () => {
  const picture = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  const htmlMail = (html: string) =>
    [
      'Subject: html',
      'Content-Type: multipart/related; boundary=b',
      '',
      '--b',
      'Content-Type: text/html; charset=utf-8',
      '',
      html,
      '--b',
      'Content-Type: image/png',
      'Content-Transfer-Encoding: base64',
      'Content-ID: <logo@x>',
      'Content-Disposition: inline; filename=logo.png',
      '',
      picture.toString('base64'),
      '--b--',
      '',
    ].join('\r\n');
  const htmlDraft = {
    nodes: [{ id: 'mail', type: 'mail-sender', position: { x: 0, y: 0 }, config: { address: 'mail.example.com', body: 'html' } }],
    edges: [],
  };
  beforeAll(async () => {
    const flow = await server.parts.flows.get(flowId);
    if (flow) await server.parts.deployments.start(flow, htmlDraft, { by: 'test', note: '', values: {} });
  });
  const addHtml = async (html: string) => {
    const id = await addMessage({ raw: htmlMail(html) });
    await server.database.pool.query('update message_log set version = 2 where id = $1', [id]);
    return id;
  };

  it('is handed out as a document that runs and loads nothing, with its own pictures', async () => {
    const id = await addHtml(
      '<p onclick="x()">Hi <img src="cid:logo@x" alt="Logo"><img src="https://t.test/p.png"><script>x()</script></p>',
    );
    expect(await program.call('getMessageContent', { params: { id } })).toMatchObject({ isHtml: true });
    const answer = await program.send('GET', `/messages/${id}/html`);
    const document = await answer.text();
    expect(document).toContain(`<p>Hi <img alt="Logo" src="data:image/png;base64,${picture.toString('base64')}">`);
    expect(document).not.toMatch(/script|onclick|t\.test/);
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline';/,
    );
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-frame-options': 'SAMEORIGIN',
      'x-dns-prefetch-control': 'off',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  });

  it('is not made of a mail without HTML', async () => {
    expect((await program.send('GET', `/messages/${await addMessage()}/html`)).status).toBe(404);
  });
});
