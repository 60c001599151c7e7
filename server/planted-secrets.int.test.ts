import { createPrivateKey, randomBytes, randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { routes, streamRoutes, type RouteAnswer, type RouteName } from '../shared/api.ts';
import type { FlowDocument } from '../shared/flow.ts';
import { answerAtProvider, startAuthorizationServer, type AuthorizationServer } from './testing/authorization-server.ts';
import { runScript } from './testing/command.ts';
import { createTestDatabase } from './testing/database.ts';
import { eventually } from './testing/eventually.ts';
import { chain, mailSenderNode, node } from './testing/flows.ts';
import { cookieAfter, httpClient, type CallArgs, type HttpClient } from './testing/http-client.ts';
import { startHttpSink, type HttpSink } from './testing/http-sink.ts';
import { startMailServer, type MailServer, type MailUser } from './testing/mail-server.ts';
import { mailWith } from './testing/mail-with.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from './testing/mailroom-process.ts';
import { makeCertificate, type TestCertificate } from './testing/openssl.ts';
import { openSmimeWorkshop } from './testing/smime.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

/**
 * Secrets of every kind are planted and used in one run over everything Mailroom does, well and badly. Then all that it said, wrote and
 * sent is searched for them, as they are and encoded.
 */

/** With characters that look different in JSON, in addresses and in base64. */
const planted = (what: string) => `Pl4nted+${what}/&${randomBytes(9).toString('base64url')}`;
const secrets: Record<string, string> = {
  'password of a mailbox': planted('mail'),
  'password that is refused': planted('refused'),
  'password of an HTTP system': planted('http'),
  'password that is tried and not saved': planted('tried'),
  'key of an API': planted('key'),
  'key that is tried and not saved': planted('triedkey'),
  'client secret that is tried and not saved': planted('triedclient'),
  'password of a webhook': planted('webhook'),
  'key that signs a webhook': randomBytes(24).toString('base64'),
  'passphrase of a private key': planted('passphrase'),
  'password of the administrator': planted('administrator'),
  'password typed wrong at the sign-in': planted('typed'),
  'API token of the environment': randomBytes(24).toString('base64url'),
  'API token that nobody knows': planted('token'),
  'master key': randomBytes(32).toString('base64'),
};
const deadlineMs = 60_000;

/** What was said, and where. */
const said: { place: string; text: string }[] = [];
const hear = (place: string, text: string) => void said.push({ place, text });

let data: Awaited<ReturnType<typeof makeDataDirectory>>;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let mailroom: MailroomProcess;
let provider: AuthorizationServer;
let server: MailServer;
let sink: HttpSink;
let program: HttpClient;
let keyPair: TestCertificate;
let isRunOver = false;
/** The administrator, signed in. */
let browser: HttpClient;
const user: { right?: MailUser; wrong?: MailUser; smime?: MailUser; office?: MailUser; keyed?: MailUser; client?: MailUser } = {};

beforeAll(async () => {
  [data, database, sink] = await Promise.all([makeDataDirectory(), createTestDatabase('template'), startHttpSink()]);
  mailroom = await startMailroomProcess({ dataDirectory: data.path, databaseUrl: database.url, env: environment(), isWatchQuick: true });
  program = httpClient(mailroom.url, { token: mailroom.token });
  provider = await startAuthorizationServer({ redirectUrls: [`${mailroom.url}/api/v1/oauth2/callback`], accessTokenS: 6 });
  const { introspectionUrl } = provider;
  server = await startMailServer({ mechanisms: ['plain', 'login', 'xoauth2', 'oauthbearer'], introspectionUrl });
  secrets['client secret'] = provider.clientSecret;
  // Those that answer with what they were sent are the worst.
  sink.respond((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { authorization: given = '', ...others } = request.headers;
      hear('what a receiver got', JSON.stringify(others) + Buffer.concat(chunks).toString());
      const readable = Buffer.from(given.replace(/^Basic /, ''), 'base64').toString();
      if (request.url?.includes('echo')) response.writeHead(401).end(`You sent ${given}, that is ${readable}`);
      else response.writeHead(200).end(`Thank you for ${given}`);
    });
  });
});
afterAll(async () => {
  await mailroom[Symbol.asyncDispose]();
  await Promise.all([sink.close(), server.stop(), provider.close()]);
  await database.drop();
  await data.remove();
});

function environment(): Record<string, string> {
  return {
    MAILROOM_LOG_LEVEL: 'debug',
    MAILROOM_MASTER_KEY: secretOf('master key'),
    MAILROOM_API_TOKEN: secretOf('API token of the environment'),
    MAILROOM_ADMIN_EMAIL: 'ada@example.com',
    MAILROOM_ADMIN_PASSWORD: secretOf('password of the administrator'),
  };
}

function secretOf(what: string): string {
  const secret = secrets[what];
  if (secret === undefined) throw new Error(`no secret '${what}'`);
  return secret;
}

async function call<N extends RouteName>(name: N, args: CallArgs<N> = {}, client = program): Promise<RouteAnswer<N>> {
  const { answer } = await client.callWithResponse(name, args);
  hear(`answer of ${name}`, JSON.stringify(answer));
  return answer;
}

/** Whatever comes of it. */
async function send(method: string, route: string, body?: unknown, client = program): Promise<string> {
  const response = await client.send(method, route, body);
  const text = await response.text();
  hear(`answer of ${method} ${route}: ${response.status}`, `${JSON.stringify([...response.headers])} ${text}`);
  return text;
}

async function deploy(name: string, draft: FlowDocument): Promise<string> {
  const { id } = await call('createFlow', { body: { name, draft } });
  await call('deployFlow', { params: { id }, body: {} });
  return id;
}

test('the search finds a secret however it is written', () => {
  const secret = planted('self');
  const written = [
    secret,
    JSON.stringify({ error: secret }),
    encodeURIComponent(secret),
    `x-www-form ${new URLSearchParams({ p: secret }).toString()}`,
    Buffer.from(secret).toString('hex').toUpperCase(),
    ...['', 'u', 'us', 'user:'].map((before) => Buffer.from(`${before}${secret}!`).toString('base64')),
    Buffer.from(`user:${secret}`).toString('base64url'),
    `<p>${secret.replaceAll('&', '&amp;')}</p>`,
  ];
  for (const text of written) expect(foundIn([{ place: text, text }], { self: secret })).toHaveLength(1);
  expect(foundIn([{ place: 'x', text: written.join() }], { other: planted('self') })).toEqual([]);
});

test(
  'a run over everything: artifacts, sign-ins well and badly, mails, failures, tests, exports, a backup',
  { timeout: 240_000 },
  async () => {
    const events = listen();
    await deployMaterial();
    const flows = await deployFlows();
    // Everything that can be kept of a message is.
    for (const id of flows) await call('setLogLevel', { params: { id }, body: { level: 'trace', minutes: 10 } });
    await mails();
    await badInput();
    await outcomes(flows);
    await peopleAndTokens();
    await testsAndAlerts();
    await everyGet(flows);
    await backup();
    await processTitles();
    events.stop();
    for (const line of mailroom.output) hear('the log', line);

    // The run has been what it says.
    expect(said.length).toBeGreaterThan(100);
    expect(mailroom.output.length).toBeGreaterThan(30);
    for (const place of ['the log', 'the events', 'the backup', 'a process title', 'what a receiver got', 'the test of an artifact'])
      expect(
        said.some((one) => one.place.startsWith(place)),
        place,
      ).toBe(true);
    isRunOver = true;
  },
);

test('nothing of it is a secret', () => {
  expect(isRunOver, 'the run went to its end').toBe(true);
  // The first lines hold the modulus, which is in the public key too.
  for (const line of [12, 20]) secrets[`line ${line} of a private key`] = keyPair.privateKey.split('\n')[line] ?? planted('no line');
  let count = 0;
  for (const token of provider.handedOut) secrets[`token of the provider ${(count += 1)}`] = token;
  expect(count).toBeGreaterThan(2);
  expect(foundIn(said, secrets)).toEqual([]);
});

async function deployMaterial(): Promise<void> {
  [user.right, user.wrong, user.smime, user.office, user.keyed, user.client] = await Promise.all([
    server.createUser({ password: secretOf('password of a mailbox') }),
    server.createUser(),
    server.createUser({ password: secretOf('password of a mailbox') }),
    server.createUser(),
    server.createUser({ password: secretOf('password of a mailbox') }),
    server.createUser({ password: secretOf('password of a mailbox') }),
  ]);
  const credential = (name: string, who: string, password: string) =>
    call('createCredential', { body: { name, user: who, password: secretOf(password), allowedHosts: ['localhost', '127.0.0.1'] } });
  await credential('right', user.right.user, 'password of a mailbox');
  await credential('smime', user.smime.user, 'password of a mailbox');
  await credential('keyed', user.keyed.user, 'password of a mailbox');
  await credential('client', user.client.user, 'password of a mailbox');
  await credential('wrong', user.wrong.user, 'password that is refused');
  await credential('http', 'shop', 'password of an HTTP system');
  await credential('hook', 'hook', 'password of a webhook');
  await credential('signing', 'hook', 'key that signs a webhook');
  await call('createSecureParameter', { body: { name: 'key', secret: secretOf('key of an API'), allowedHosts: ['127.0.0.1'] } });
  await call('createCertificate', { body: { name: 'mail-server', pem: server.ca } });

  keyPair = await makeCertificate({ kind: 'rsa', names: ['email:ada@example.com'] });
  const passphrase = secretOf('passphrase of a private key');
  const privateKey = createPrivateKey(keyPair.privateKey).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase });
  const material = { kind: 'pem' as const, certificate: keyPair.certificate, privateKey: String(privateKey), passphrase };
  await call('createKeyPair', { body: { name: 'ada', material } });

  const { authorizationUrl, tokenUrl, clientId, clientSecret } = provider;
  await call('createOAuth2Client', {
    body: { name: 'shop', tokenUrl, clientId, clientSecret, scope: 'mail', allowedHosts: ['127.0.0.1'] },
  });
  const name = user.office.user;
  await call('createOAuth2Credential', {
    body: {
      name,
      user: name,
      provider: 'generic',
      authorizationUrl,
      tokenUrl,
      clientId,
      clientSecret,
      scope: 'openid offline_access mail',
      allowedHosts: ['localhost'],
    },
  });
  const { url } = await call('authorizeOAuth2Credential', { params: { name } });
  const callback = await fetch(await answerAtProvider(url, name), { redirect: 'manual' });
  const { state = '', code, iss } = Object.fromEntries(new URLSearchParams(callback.headers.get('location')?.split('#')[1]));
  await call('completeOAuth2Authorization', { body: { state, code, iss } });
}

async function deployFlows(): Promise<string[]> {
  const http = (where: string) =>
    node('http', 'http-receiver', { url: `${sink.url}/${where}`, authentication: 'basic', credential: 'http' });
  const keyed = { url: `${sink.url}/echo`, authentication: 'header', credential: 'key', headerPrefix: 'Bearer' };
  const client = { url: `${sink.url}/echo`, authentication: 'oauth2-client', credential: 'shop' };
  const mail = (credential: string, config: object = {}) => mailSenderNode(server, 'imap4', { credential, ...config });
  const oauth2 = {
    address: `localhost:${server.ports.imaps}`,
    protection: 'tls',
    trustedCertificate: 'mail-server',
    authentication: 'oauth2',
  };
  return [
    await deploy('Right', chain(mail('right'), http('right'))),
    await deploy('Smime', chain(mail('smime'), http('echo'))),
    await deploy('Wrong', chain(mail('wrong'), http('right'))),
    await deploy('Office', chain(mail(user.office?.user ?? '', oauth2), http('office'))),
    await deploy('Keyed', chain(mail('keyed'), node('http', 'http-receiver', keyed))),
    await deploy('Client', chain(mail('client'), node('http', 'http-receiver', client))),
  ];
}

/** With a body that a browser shows, and an attachment. */
const letter = [
  'From: Ada <ada@example.com>',
  'Subject: Right',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/html',
  '',
  '<p>Please send 3 pumps.</p>',
  '--b',
  'Content-Type: text/csv',
  'Content-Disposition: attachment; filename=order.csv',
  '',
  'pump;3',
  '--b--',
  '',
].join('\r\n');

async function mails(): Promise<void> {
  await user.right?.deliver(letter);
  await user.office?.deliver(mailWith('Office'));
  await user.keyed?.deliver(mailWith('Keyed'));
  await user.client?.deliver(mailWith('Client'));
  const workshop = await openSmimeWorkshop();
  try {
    const entity = 'Content-Type: text/plain\r\n\r\nFor your eyes only.\r\n';
    const sealed = await workshop.encrypt(entity, { name: 'ada', ...keyPair });
    await user.smime?.deliver(`From: ada@example.com\r\nTo: bob@example.com\r\nSubject: Sealed\r\n${sealed.toString()}`);
  } finally {
    await workshop.remove();
  }
}

/** What people send by mistake comes back in no error. */
async function badInput(): Promise<void> {
  const typed = secretOf('password typed wrong at the sign-in');
  await send('POST', '/credentials', { name: 'x', user: 5, password: typed, allowedHosts: 'none' });
  await send('POST', '/credentials', { name: typed, user: typed, password: '', allowedHosts: [] });
  await send('PUT', '/credentials/right', { user: 'x', password: [typed], allowedHosts: [] });
  await send('POST', '/secure-parameters', { name: 'x', secret: `${typed}\n`, allowedHosts: [] });
  await send('POST', '/certificates', { name: 'x', pem: keyPair.privateKey });
  const { certificate, privateKey } = keyPair;
  await send('POST', '/key-pairs', {
    name: 'x',
    material: { kind: 'pem', certificate: privateKey, privateKey: certificate, passphrase: typed },
  });
  await send('POST', '/key-pairs', {
    name: 'x',
    material: { kind: 'pkcs12', file: Buffer.from(privateKey).toString('base64'), passphrase: typed },
  });
  const broken = await fetch(`${mailroom.url}/api/v1/credentials`, {
    method: 'POST',
    headers: { authorization: `Bearer ${mailroom.token}`, 'content-type': 'application/json' },
    body: `{"password":"${typed}"`,
  });
  hear('answer to half a JSON', await broken.text());
  const stranger = httpClient(mailroom.url, { token: secretOf('API token that nobody knows') });
  await send('GET', '/flows', undefined, stranger);
  await send('POST', '/session', { email: 'ada@example.com', password: typed }, httpClient(mailroom.url));
}

async function outcomes(flows: string[]): Promise<void> {
  const ended = async (flowId: string | undefined, status: string) =>
    (await call('listMessages', { query: { limit: 50 } })).items.find((message) => message.flowId === flowId && message.status === status);
  const [right, smime, wrong, office, keyed, client] = flows;
  const completed = await eventually(() => ended(right, 'COMPLETED'), { what: 'the mail of Right', deadlineMs });
  const payloads = await call('getMessagePayloads', { params: { id: completed.id }, query: { attempt: 1 } });
  expect(payloads.kept).toMatchObject({ level: 'trace' });
  await eventually(() => ended(office, 'COMPLETED'), { what: 'the mail of Office', deadlineMs });
  await eventually(() => ended(keyed, 'FAILED'), { what: 'the mail whose key is refused', deadlineMs });
  const refused = await eventually(() => ended(client, 'FAILED'), { what: 'the mail whose token is refused', deadlineMs });
  expect(refused.error).toMatchObject({ code: 'HTTP_SIGN_IN_REFUSED', details: expect.stringContaining('You sent Bearer •••') });
  const failed = await eventually(() => ended(smime, 'FAILED'), { what: 'the refused mail', deadlineMs });
  expect(failed.error).toMatchObject({ code: 'HTTP_SIGN_IN_REFUSED', details: expect.stringContaining('You sent') });
  await eventually(
    async () => (await call('listPolls', { query: { limit: 100 } })).items.find((poll) => poll.flowId === wrong && poll.error),
    {
      what: 'a poll with the wrong password',
      deadlineMs,
    },
  );
  await call('retryMessage', { params: { id: failed.id }, body: { from: 'start' } });
  // Past the life of an access token: it has been refreshed.
  await eventually(() => provider.grants.refresh > 0, { what: 'a refreshed token', deadlineMs });
}

async function peopleAndTokens(): Promise<void> {
  const visitor = httpClient(mailroom.url);
  const body = { email: 'ada@example.com', password: secretOf('password of the administrator') };
  const { answer, response } = await visitor.callWithResponse('signIn', { body });
  hear('answer of signIn', JSON.stringify(answer));
  const cookie = cookieAfter(response);
  secrets['session'] = decodeURIComponent(cookie.slice(cookie.indexOf('=') + 1));
  browser = httpClient(mailroom.url, { cookie });
  // It is shown once, in this answer and nowhere else.
  const { token } = await browser.call('createToken', { body: { name: 'deployments' } });
  secrets['API token that was made'] = token;
  await call('listFlows', {}, httpClient(mailroom.url, { token }));
  await call('listTokens', {}, browser);
}

async function testsAndAlerts(): Promise<void> {
  const lines = await send('POST', '/security-material/credential/right/test', { value: {} });
  hear('the test of an artifact', lines);
  expect(lines).toContain('Signed in as');
  await send('POST', '/security-material/credential/right/test', { value: { password: secretOf('password that is tried and not saved') } });
  await send('POST', '/security-material/credential/http/test', { value: {} });
  await send('POST', '/security-material/parameter/key/test', { value: { secret: secretOf('key that is tried and not saved') } });
  const clientSecret = secretOf('client secret that is tried and not saved');
  await send('POST', '/security-material/oauth2-client/shop/test', { value: { clientSecret } });
  await send('POST', '/security-material/certificate/mail-server/test', { value: { pem: server.ca } });
  const { config } = mailSenderNode(server, 'imap4', { credential: 'right' });
  await send('POST', '/probe', { type: 'mail-sender', config });

  const settings = (where: string) => ({
    type: 'webhook' as const,
    url: `${sink.url}/${where}`,
    authentication: 'basic' as const,
    credential: 'hook',
    signingCredential: 'signing',
  });
  await call('testAlertTarget', { body: { settings: settings('alerts') } });
  await send('POST', '/alert-targets/test', { settings: settings('echo') });
  await call('createAlertTarget', {
    body: { name: 'Ops', isEnabled: true, settings: settings('echo'), kinds: [], flowIds: [], leastSeverity: 'warning', remindHours: null },
  });
  await eventually(async () => (await call('listAlerts')).items.length > 0, { what: 'an alert', deadlineMs });
  await eventually(async () => (await call('listAlertTargets')).items.some(({ error }) => error !== null), {
    what: 'an alert that is not taken',
    deadlineMs,
  });
}

/** Every route of the API that is read from, for everything there is. */
async function everyGet(flows: string[]): Promise<void> {
  const messages = (await call('listMessages', { query: { limit: 50 } })).items.map(({ id }) => id);
  const channels = (await call('listDeployments')).items.flatMap((deployment) => deployment.channels.map(({ id }) => id));
  const idsOf: Record<string, string[]> = { flows, messages, channels };
  const answered = new Set<string>();
  const all = [...Object.values(routes), ...Object.values(streamRoutes)].filter(({ method }) => method === 'GET');
  for (const route of all) {
    // It goes on for ever, and is listened to all the time.
    if (route.path === '/events') continue;
    for (const id of idsOf[route.path.split('/')[1] ?? ''] ?? [randomUUID()]) {
      const filled = route.path.replace(':id', id).replace(':version', '1').replace(':index', '0');
      const first = await browser.send('GET', filled);
      // Some want to know for which time, which attempt, which messages, or in which form.
      const queries = first.status === 400 ? [lastHour(), `ids=${messages.join(',')}`, 'format=csv', 'format=json'] : [];
      const more = await Promise.all(queries.map((query) => browser.send('GET', `${filled}?${query}`)));
      const response = more.find(({ ok }) => ok) ?? first;
      // The page that a provider leads back to is a file of the client, which need not be built here.
      if (response.ok || response.redirected) answered.add(route.path);
      hear(`GET ${filled}`, `${JSON.stringify([...response.headers])} ${await response.text()}`);
    }
  }
  const silent = all.map((route) => route.path).filter((one) => !answered.has(one));
  // Of other kinds of things there are none in this run.
  const isOfRun = (one: string) => !one.includes(':') || Object.keys(idsOf).some((kind) => one.startsWith(`/${kind}/`));
  expect(silent.filter(isOfRun)).toEqual(['/events']);
  for (const outside of ['/metrics', '/healthz', '/readyz']) {
    const response = await fetch(mailroom.url + outside, { headers: { authorization: `Bearer ${mailroom.token}` } });
    hear(`GET ${outside}`, await response.text());
  }
}

function lastHour(): string {
  const now = Date.now();
  return new URLSearchParams({
    from: new Date(now - 3_600_000).toISOString(),
    to: new Date(now).toISOString(),
    stepHours: '1',
    attempt: '1',
  }).toString();
}

async function backup(): Promise<void> {
  const directory = path.join(await temporaryDirectory(), 'backups');
  const env = { ...environment(), MAILROOM_DATA_DIR: data.path, DATABASE_URL: database.url };
  const { code, output } = await runScript('backup', [directory], env);
  expect(code, output).toBe(0);
  hear('the backup command', output);
  for (const root of [directory, data.path]) {
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = await readFile(path.join(entry.parentPath, entry.name));
      hear(
        `${root === directory ? 'the backup' : 'the data directory'}: ${entry.name}`,
        (entry.name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1'),
      );
    }
  }
}

async function processTitles(): Promise<void> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'args'], { maxBuffer: 64 * 1024 * 1024 });
  for (const line of stdout.split('\n')) hear('a process title', line);
}

/** The live events of the whole run. */
function listen(): { stop: () => void } {
  const ended = new AbortController();
  const read = async () => {
    const response = await fetch(`${mailroom.url}/api/v1/events`, {
      headers: { authorization: `Bearer ${mailroom.token}` },
      signal: ended.signal,
    });
    for await (const chunk of response.body ?? []) hear('the events', Buffer.from(chunk).toString());
  };
  read().catch(() => undefined);
  return { stop: () => ended.abort() };
}

/** Where a secret shows, in whatever form. */
function foundIn(places: typeof said, wanted: Record<string, string>): string[] {
  return places.flatMap(({ place, text }) => {
    const lower = text.toLowerCase();
    return Object.entries(wanted).flatMap(([what, secret]) => {
      const bytes = Buffer.from(secret);
      const isThere = textForms(secret).some((form) => text.includes(form)) || lower.includes(bytes.toString('hex'));
      return isThere ? [`${what} in ${place}`] : [];
    });
  });
}

function textForms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    new URLSearchParams({ '': secret }).toString().slice(1),
    secret.replaceAll('&', '&amp;'),
    ...[0, 1, 2].flatMap((shift) => [base64Core(bytes, shift, 'base64'), base64Core(bytes, shift, 'base64url')]),
  ];
}

/** What base64 makes of the bytes when `shift` others (modulo 3) stand before them, whatever those are and whatever follows. */
function base64Core(bytes: Buffer, shift: number, encoding: 'base64' | 'base64url'): string {
  const whole = Buffer.concat([Buffer.alloc(shift), bytes]);
  const complete = whole.subarray(0, whole.length - (whole.length % 3));
  return complete.toString(encoding).slice(Math.ceil((shift * 8) / 6));
}
