import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { createTestDatabase } from '../../testing/database.ts';
import { eventually } from '../../testing/eventually.ts';
import { chain, deployCredential, deployFlow, mailSenderNode, node } from '../../testing/flows.ts';
import { startHttpSink } from '../../testing/http-sink.ts';
import { startMailServer, type MailServer } from '../../testing/mail-server.ts';
import { file, nested, plain } from '../../testing/mails.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../../testing/mailroom-process.ts';
import { openSmimeWorkshop, type SmimeWorkshop } from '../../testing/smime.ts';
import { tnefOf } from '../../testing/tnef-writer.ts';

/** From a real mail server through a Mailroom process into a receiver: what the channel's settings make of a mail. */

let server: MailServer;
let mailroom: MailroomProcess;
let workshop: SmimeWorkshop;
const stops: (() => PromiseLike<unknown>)[] = [];

beforeAll(async () => {
  const data = await makeDataDirectory();
  const database = await createTestDatabase('template');
  [server, mailroom, workshop] = await Promise.all([
    startMailServer(),
    startMailroomProcess({ dataDirectory: data.path, databaseUrl: database.url }),
    openSmimeWorkshop(),
  ]);
  stops.push(() => mailroom[Symbol.asyncDispose](), server.stop, workshop.remove, database.drop, data.remove);
});
afterAll(async () => {
  for (const stop of stops) await stop();
});

const sentSchema = z.object({
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  attachments: z.array(z.object({ name: z.string(), contentType: z.string(), content: z.string() })),
});

/** Delivers one mail and returns what the receiver got, and the log's line about reading it. */
async function receive(raw: string | Buffer, config: Record<string, unknown>, properties: string[] = []) {
  const [user, sink] = await Promise.all([server.createUser(), startHttpSink()]);
  onTestFinished(() => sink.close());
  await deployCredential(mailroom, user, user.user);
  await user.deliver(raw);
  const assignments = properties.map((name) => ({ target: 'header', name: `x-${name}`, value: `\${property.${name}}` }));
  const flowId = await deployFlow(
    mailroom,
    'Receive',
    chain(
      mailSenderNode(server, 'imap4', { credential: user.user, ...config }),
      node('modify', 'content-modifier', { assignments }),
      node('http', 'http-receiver', { url: sink.url }),
    ),
  );
  const request = await eventually(() => sink.requests[0], { what: 'the message', deadlineMs: 25_000 });
  const [message] = await eventually(async () => {
    const { items } = await mailroom.call('listMessages', { query: { flowId, status: 'COMPLETED' } });
    return items.length > 0 && items;
  });
  const params = { id: message?.id ?? '' };
  const { steps } = await mailroom.call('getMessage', { params });
  const content = await mailroom.call('getMessageContent', { params });
  await mailroom.call('undeployFlow', { params: { id: flowId } });
  return { ...sentSchema.parse(JSON.parse(request.body.toString())), summary: steps[0]?.summary, content };
}

test('the properties say where the mail was, and the settings of the channel decide what of it is handed over', async () => {
  const mail = [
    'Authentication-Results: mx.example.test; spf=pass; dmarc=fail',
    'From: Ada <ada@example.test>',
    'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=',
    'X-Order: 17',
    'X-Noise: loud',
    nested('mixed', [plain('Hello'), file('a.pdf', 'content')], 'b'),
  ].join('\r\n');
  const config = {
    allowedHeaders: 'X-Ord*',
    removeAttachments: true,
    decodeMimeHeaders: false,
    trustedAuthservId: 'mx.example.test',
    body: 'mime',
    includeOriginal: true,
  };
  const names = ['mail.uid', 'mail.uidValidity', 'mail.folder', 'mail.receivedAt', 'mail.auth.spf', 'mail.auth.dmarc', 'mail.original'];
  const { headers, body, attachments, summary } = await receive(mail, config, names);
  expect(headers).toMatchObject({
    subject: '=?utf-8?Q?Gr=C3=BC=C3=9Fe?=',
    'x-order': '17',
    'x-mail.uid': '1',
    'x-mail.uidvalidity': expect.stringMatching(/^\d+$/),
    'x-mail.folder': 'INBOX',
    'x-mail.receivedat': expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    'x-mail.auth.spf': 'pass',
    'x-mail.auth.dmarc': 'fail',
    'x-mail.original': expect.stringContaining('Y29udGVudA=='),
  });
  expect(headers).not.toHaveProperty('x-noise');
  expect(body).toBe(mail);
  expect(attachments).toEqual([]);
  expect(summary).toBe('1 attachment, removed');
});

test('a mail that is encrypted and signed is opened with what is deployed under Security Material, and its attachments arrive', async () => {
  const [ada, orders] = await Promise.all([workshop.issue('Ada', { email: 'ada@example.test' }), workshop.issue('Orders')]);
  const winmail = file('winmail.dat', tnefOf({ files: [{ title: 'order.csv', content: Buffer.from('17;pumps') }] }), 'application/ms-tnef');
  const entity = nested('mixed', [plain('Secret'), winmail, file('b.pdf', 'bytes')], 'inner');
  const mail = Buffer.concat([
    Buffer.from('From: ada@example.test\r\nSubject: Order 17\r\n'),
    await workshop.encrypt(await workshop.sign(entity, ada), orders, '-aes256'),
  ]);
  const names = ['mail.encryption.isDecrypted', 'mail.encryption.keyPair', 'mail.signature.isOk'];

  const before = await receive(mail, {}, names);
  expect(before.summary).toMatch(/^1 attachment; encrypted, not decrypted: it is encrypted for serial number/);
  expect(before.attachments).toMatchObject([{ name: 'smime.p7m' }]);
  expect(before.headers).toMatchObject({ 'x-mail.encryption.isdecrypted': 'false' });

  const material = { kind: 'pem' as const, certificate: orders.certificate, privateKey: orders.privateKey };
  await mailroom.call('createKeyPair', { body: { name: 'orders-key', material } });
  await mailroom.call('createCertificate', { body: { name: 'authority', pem: workshop.authority.certificate } });
  const after = await receive(mail, {}, names);
  expect(after.summary).toBe("2 attachments; decrypted with 'orders-key'; signature of ada@example.test is OK");
  expect(after.body.trim()).toBe('Secret');
  expect(after.attachments.map(({ name, content }) => [name, Buffer.from(content, 'base64').toString()])).toEqual([
    ['order.csv', '17;pumps'],
    ['b.pdf', 'bytes'],
  ]);
  expect(after.headers).toMatchObject({
    subject: 'Order 17',
    'x-mail.encryption.isdecrypted': 'true',
    'x-mail.encryption.keypair': 'orders-key',
    'x-mail.signature.isok': 'true',
  });
  // The monitor shows the same.
  expect(after.content).toMatchObject({ body: expect.stringContaining('Secret'), attachments: [{ name: 'order.csv' }, { name: 'b.pdf' }] });
});
