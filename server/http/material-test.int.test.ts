import { afterAll, beforeAll, expect, test } from 'vitest';
import { materialTestLineSchema, type MaterialTestLine, type MaterialValue } from '../../shared/api/material.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import { mailSender } from '../../shared/catalog/mail-sender.ts';
import { startAuthorizationServer } from '../testing/authorization-server.ts';
import { startHttpSink, type HttpSink } from '../testing/http-sink.ts';
import { chain, mailSenderNode, node } from '../testing/flows.ts';
import type { HttpClient } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/http-server.ts';
import { startMailServer, type MailServer, type MailUser } from '../testing/mail-server.ts';

/** An artifact is tried with all who use it, on real servers. */

let server: TestServer;
let program: HttpClient;
let mail: MailServer;
let user: MailUser;
let open: HttpSink;
let closed: HttpSink;

beforeAll(async () => {
  [server, mail, open, closed] = await Promise.all([startTestServer(), startMailServer(), startHttpSink(), startHttpSink()]);
  program = await server.program();
  user = await mail.createUser();
  open.answerWith(() => 405);
  closed.answerWith(() => 401);

  await program.call('createCredential', {
    body: { name: 'orders', user: user.user, password: user.password, allowedHosts: ['localhost', '127.0.0.1'] },
  });
  await program.call('createCertificate', { body: { name: 'mail-ca', pem: mail.ca } });
  const http = (url: string) => node('http', 'http-receiver', { url, authentication: 'basic', credential: 'orders' });
  const none = node('http', 'http-receiver', { url: open.url });
  const tls = { address: `localhost:${mail.ports.imaps}`, protection: 'tls', trustedCertificate: 'mail-ca' };
  await create('1 IMAP4', chain(mailSenderNode(mail, 'imap4'), none));
  await create('2 IMAPS', chain(mailSenderNode(mail, 'imap4', tls), none));
  await create('3 POP3', chain(mailSenderNode(mail, 'pop3'), none));
  await create('4 accepts', chain(http(open.url)));
  await create('5 refuses', chain(http(closed.url)));
  await create('6 elsewhere', chain(http('http://orders.example.com')));
  await create('7 unfinished', chain(node('mail', mailSender.type, { address: '', credential: 'orders' })));
});
afterAll(async () => {
  await server.close();
  await Promise.all([mail.stop(), open.close(), closed.close()]);
});

const create = (name: string, draft: FlowDocument) => program.call('createFlow', { body: { name, draft } });

async function linesOf(kind: string, name: string, value: Partial<MaterialValue> = {}): Promise<MaterialTestLine[]> {
  const response = await program.send('POST', `/security-material/${kind}/${name}/test`, { value });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('application/x-ndjson');
  const text = await response.text();
  return text
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => materialTestLineSchema.parse(JSON.parse(line)));
}

/** `flow: state code`, the last word of each. */
function endOf(lines: MaterialTestLine[]): string[] {
  const last = new Map(lines.map((line) => [line.index, line]));
  return [...last.values()].map(({ use, state, error }) => [use.flowName, state, error?.code].filter(Boolean).join(' '));
}

test('each flow says whether it gets in with it, and the one that does not says why', async () => {
  const lines = await linesOf('credential', 'orders');
  expect(endOf(lines)).toEqual([
    '1 IMAP4 good',
    '2 IMAPS good',
    '3 POP3 good',
    '4 accepts good',
    '5 refuses failed HTTP_SIGN_IN_REFUSED',
    '6 elsewhere failed CREDENTIAL_HOST_NOT_ALLOWED',
    '7 unfinished skipped',
  ]);
  const words = (flow: string) => lines.filter(({ use }) => use.flowName === flow).map(({ state, sentence }) => `${state}: ${sentence}`);
  expect(words('1 IMAP4')).toEqual(expect.arrayContaining(['waiting: ', 'running: Signing in…', `good: Signed in as ${user.user}.`]));
  expect(words('4 accepts').at(-1)).toBe('good: Not refused: HEAD was answered with 405 Method Not Allowed.');
  expect(words('7 unfinished').at(-1)).toBe('skipped: Not tried: Address is missing.');
  // Asked for nothing but its headers, and given the sign-in.
  expect(open.requests.at(-1)?.headers['authorization']).toMatch(/^Basic /);
  expect(JSON.stringify(lines)).not.toContain(user.password);
});

test('a value that is not saved yet is tried, and after a refusal the account is left in peace', async () => {
  const before = await refusals();
  const lines = await linesOf('credential', 'orders', { password: 'n0t-the-password' });
  expect(endOf(lines).slice(0, 3)).toEqual([
    '1 IMAP4 failed MAIL_SIGN_IN_REFUSED',
    '2 IMAPS failed MAIL_SIGN_IN_REFUSED',
    '3 POP3 failed MAIL_SIGN_IN_REFUSED',
  ]);
  expect(lines.filter(({ sentence }) => sentence.startsWith('Not tried again'))).toHaveLength(2);
  expect((await refusals()) - before).toBe(1);
  expect(JSON.stringify(lines)).not.toContain('n0t-the-password');
  // Nothing of it was kept.
  expect(endOf(await linesOf('credential', 'orders')).slice(0, 3)).toEqual(['1 IMAP4 good', '2 IMAPS good', '3 POP3 good']);
});

test('a new password that is right gets in while the stored one does not', async () => {
  const other = await mail.createUser();
  await program.call('createCredential', { body: { name: 'stale', user: other.user, password: 'old', allowedHosts: ['localhost'] } });
  await create('Stale', chain(mailSenderNode(mail, 'imap4', { credential: 'stale' })));
  expect(endOf(await linesOf('credential', 'stale'))).toEqual(['Stale failed MAIL_SIGN_IN_REFUSED']);
  expect(endOf(await linesOf('credential', 'stale', { password: other.password }))).toEqual(['Stale good']);
});

test('a client secret is tried at its token service and at the receiver, before it is saved too', async () => {
  const service = await startAuthorizationServer({ redirectUrls: ['http://localhost/'] });
  try {
    const { tokenUrl, clientId, clientSecret } = service;
    await program.call('createOAuth2Client', {
      body: { name: 'shop', tokenUrl, clientId, clientSecret: 'n0t-the-secret', scope: 'mail', allowedHosts: ['127.0.0.1'] },
    });
    const signedIn = { url: open.url, authentication: 'oauth2-client', credential: 'shop' };
    await create('Shop', chain(node('http', 'http-receiver', signedIn)));
    expect(endOf(await linesOf('oauth2-client', 'shop'))).toEqual(['Shop failed OAUTH2_PROVIDER_REFUSED']);
    const lines = await linesOf('oauth2-client', 'shop', { clientSecret });
    expect(endOf(lines)).toEqual(['Shop good']);
    expect(service.handedOut).toContain(open.requests.at(-1)?.headers['authorization']?.replace('Bearer ', ''));
    expect(JSON.stringify(lines)).not.toContain(clientSecret);
  } finally {
    await service.close();
  }
});

test('a certificate is tried up to the encryption, also with another one in its place', async () => {
  expect(endOf(await linesOf('certificate', 'mail-ca'))).toEqual(['2 IMAPS good']);
  const stranger = await startMailServer();
  try {
    expect(endOf(await linesOf('certificate', 'mail-ca', { pem: stranger.ca }))).toEqual(['2 IMAPS failed MAIL_CERTIFICATE_UNKNOWN']);
  } finally {
    await stranger.stop();
  }
});

test('whom to trust is typed by those who may change it only, and in lines that can be read', async () => {
  const line = 'h ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKq7c8y7zT1zqk2nM3o9W2WQh1b6m0XlFq7v0g3o0m1B';
  await program.call('createKnownHosts', { body: { name: 'partners', text: line } });
  const operator = await server.as('operator');
  const test = async (who: HttpClient, kind: string, name: string, value: object) =>
    (await who.send('POST', `/security-material/${kind}/${name}/test`, { value })).status;
  expect(await test(operator, 'known-hosts', 'partners', {})).toBe(200);
  expect(await test(operator, 'known-hosts', 'partners', { knownHosts: line })).toBe(403);
  expect(await test(operator, 'certificate', 'mail-ca', { pem: mail.ca })).toBe(403);
  expect(await test(program, 'known-hosts', 'partners', { knownHosts: line })).toBe(200);
  expect(await test(program, 'known-hosts', 'partners', { knownHosts: 'nonsense' })).toBe(422);
});

test('what is not there is not found, and what nobody names is nothing to try', async () => {
  expect((await program.send('POST', '/security-material/credential/nobody/test', { value: {} })).status).toBe(404);
  expect((await program.send('POST', '/security-material/no-kind/orders/test', { value: {} })).status).toBe(400);
  expect((await program.send('POST', '/security-material/credential/orders/test', { value: { password: '' } })).status).toBe(400);
  await program.call('createCredential', { body: { name: 'unused', user: 'ada', password: 'x', allowedHosts: [] } });
  expect(await linesOf('credential', 'unused')).toEqual([]);
});

/** How often the mail server has refused a sign-in. */
async function refusals(): Promise<number> {
  return [...(await mail.log()).matchAll(/auth failed/g)].length;
}
