import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { OAuth2CredentialView } from '../../shared/api/oauth2-credentials.ts';
import { answerAtProvider, startAuthorizationServer, type AuthorizationServer } from '../testing/authorization-server.ts';
import { createTestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/eventually.ts';
import { deployFlow, mailToHttp } from '../testing/flows.ts';
import { startHttpSink, type HttpSink } from '../testing/http-sink.ts';
import { startMailServer, type MailServer, type MailUser } from '../testing/mail-server.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../testing/mailroom-process.ts';

/** OAuth2 from end to end: real authorization server, real mail server that asks it about tokens, real database, real processes. */

/** Short, so that tests see tokens run out. */
const accessTokenS = 6;
const deadlineMs = 60_000;

let data: Awaited<ReturnType<typeof makeDataDirectory>>;
let database: { url: string; drop: () => Promise<void> };
let mailroom: MailroomProcess;
let provider: AuthorizationServer;
let server: MailServer;
let sink: HttpSink;
const answers: string[] = [];

beforeAll(async () => {
  data = await makeDataDirectory();
  database = await createTestDatabase('template');
  mailroom = await startMailroomProcess({
    dataDirectory: data.path,
    databaseUrl: database.url,
    env: { MAILROOM_LOG_LEVEL: 'debug' },
  });
  provider = await startAuthorizationServer({ redirectUrls: [`${mailroom.url}/api/v1/oauth2/callback`], accessTokenS });
  const { introspectionUrl } = provider;
  server = await startMailServer({ mechanisms: ['plain', 'xoauth2', 'oauthbearer'], introspectionUrl });
  sink = await startHttpSink();
  // The mail server's certificate is trusted as an artifact, not by the machine.
  await mailroom.call('createCertificate', { body: { name: 'mail-server', pem: server.ca } });
});
afterEach(async () => {
  for (const { flowId } of (await mailroom.call('listDeployments')).items) await mailroom.call('undeployFlow', { params: { id: flowId } });
});
afterAll(async () => {
  await mailroom[Symbol.asyncDispose]();
  await Promise.all([sink.close(), server.stop(), provider.close()]);
  await database.drop();
  await data.remove();
});

/** What the browser does between Authorize and Authorized. */
async function authorize(name: string, user: string): Promise<OAuth2CredentialView> {
  const { url } = await mailroom.call('authorizeOAuth2Credential', { params: { name } });
  const callback = await fetch(await answerAtProvider(url, user), { redirect: 'manual' });
  const { state = '', code, iss } = Object.fromEntries(new URLSearchParams(callback.headers.get('location')?.split('#')[1]));
  return mailroom.call('completeOAuth2Authorization', { body: { state, code, iss } });
}

async function deployArtifact({ user: name }: MailUser): Promise<void> {
  const { authorizationUrl, tokenUrl, clientId, clientSecret } = provider;
  const settings = {
    provider: 'generic' as const,
    authorizationUrl,
    tokenUrl,
    clientId,
    clientSecret,
    scope: 'openid offline_access mail',
  };
  await mailroom.call('createOAuth2Credential', { body: { name, ...settings, user: name, allowedHosts: ['localhost'] } });
}

function deployMailFlow(protocol: 'imap4' | 'pop3', { user: credential }: MailUser): Promise<string> {
  const address = `localhost:${protocol === 'imap4' ? server.ports.imaps : server.ports.pop3s}`;
  const connection = { address, protection: 'tls', trustedCertificate: 'mail-server', authentication: 'oauth2', credential };
  return deployFlow(mailroom, `Orders ${protocol}`, mailToHttp(server, protocol, sink.url, connection));
}

const artifact = async (name: string) => {
  const list = await mailroom.call('listOAuth2Credentials');
  answers.push(JSON.stringify(list));
  return list.items.find((candidate) => candidate.name === name);
};
const pollsOf = async (flowId: string) => {
  const { items } = await mailroom.call('listPolls', { query: { flowId, limit: 100 } });
  answers.push(JSON.stringify(items));
  return items;
};
const failedWith = (flowId: string, code: string) =>
  eventually(async () => (await pollsOf(flowId)).find((poll) => poll.error?.code === code), {
    what: `a poll that fails with ${code}`,
    deadlineMs,
  });
const arrived = (subject: string) =>
  eventually(() => sink.distinct().some(({ body }) => body.includes(subject)), { what: `the mail "${subject}"`, deadlineMs });

test.each(['imap4', 'pop3'] as const)(
  'a person authorizes once, and %s polls go on over expired tokens until the grant is withdrawn, and after another authorization',
  async (protocol) => {
    const user = await server.createUser();
    const mail = (subject: string) =>
      user.deliver(`Subject: ${protocol} ${subject}\r\nMessage-ID: <${protocol}-${subject}@example.com>\r\n\r\nHello\r\n`);
    await deployArtifact(user);
    await mail('first');
    const flowId = await deployMailFlow(protocol, user);
    await failedWith(flowId, 'OAUTH2_NOT_AUTHORIZED');
    expect(await artifact(user.user)).toMatchObject({
      state: 'Unauthorized',
      usedBy: [{ flowName: `Orders ${protocol}`, isDeployed: true }],
    });

    expect(await authorize(user.user, user.user)).toMatchObject({ state: 'Deployed' });
    await arrived(`${protocol} first`);

    // Two lives of a token without a person.
    const before = provider.grants.refresh;
    await eventually(() => provider.grants.refresh >= before + 2, { what: 'two refreshes', deadlineMs });
    await mail('second');
    await arrived(`${protocol} second`);
    const polls = await pollsOf(flowId);
    const sinceAuthorized = polls.slice(0, polls.findLastIndex(({ result }) => result === 'completed') + 1);
    expect(sinceAuthorized.filter(({ result }) => result === 'failed').map(({ error }) => error?.message)).toEqual([]);

    // The server takes the token no longer, whatever was said of its life: it is replaced on the spot.
    await provider.forgetAccessTokens();
    await mail('third');
    await arrived(`${protocol} third`);

    await provider.revokeAll();
    await eventually(async () => (await artifact(user.user))?.state === 'Unauthorized', { what: 'Unauthorized', deadlineMs });
    await mail('fourth');
    const failed = await eventually(async () => (await pollsOf(flowId)).find(({ result }) => result === 'failed'), { deadlineMs });
    expect(failed.error).toMatchObject({ code: 'OAUTH2_NOT_AUTHORIZED', remedy: expect.stringContaining('Press Authorize') });
    expect((await artifact(user.user))?.error).toMatchObject({
      details: expect.stringContaining('the authorization has expired or was withdrawn'),
    });

    await authorize(user.user, user.user);
    await arrived(`${protocol} fourth`);
  },
  180_000,
);

test('a token that belongs to somebody else is refused by the mail server, and the account rests', async () => {
  const [user, other] = await Promise.all([server.createUser(), server.createUser()]);
  await deployArtifact(user);
  await authorize(user.user, other.user);
  const flowId = await deployMailFlow('imap4', user);
  const failed = await failedWith(flowId, 'OAUTH2_TOKEN_REFUSED');
  expect(failed.error?.remedy).toContain('signed in at the provider as that user');
  const again = await mailroom.call('pollNow', { params: { id: flowId } }).then(() => failedWith(flowId, 'MAIL_SIGN_IN_PAUSED'));
  expect(again.error?.remedy).toContain('a change lifts the pause');
  await user.deliver('Subject: now mine\r\n\r\nHello\r\n');
  await authorize(user.user, user.user);
  await arrived('now mine');
}, 120_000);

test('a provider that is away is asked again, and nothing changes but that', async () => {
  const user = await server.createUser();
  await deployArtifact(user);
  await authorize(user.user, user.user);
  provider.misbehave = (_request, response) => {
    response.writeHead(503).end();
    return true;
  };
  const flowId = await deployMailFlow('imap4', user);
  await failedWith(flowId, 'OAUTH2_PROVIDER_UNAVAILABLE');
  expect(await artifact(user.user)).toMatchObject({ state: 'Deployed', error: { code: 'OAUTH2_PROVIDER_UNAVAILABLE' } });
  provider.misbehave = undefined;
  await user.deliver('Subject: back again\r\n\r\nHello\r\n');
  await arrived('back again');
  expect(await artifact(user.user)).toMatchObject({ state: 'Deployed', error: null });
}, 120_000);

/** Every row of every table. */
async function databaseText(): Promise<string> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(`select tablename as name from pg_tables where schemaname = 'public'`);
    const tables = [];
    for (const { name } of rows) tables.push((await client.query(`select t::text from "${name}" t`)).rows);
    return JSON.stringify(tables);
  } finally {
    await client.end();
  }
}

test('nothing of it all has shown a code, a token or a secret: not the API, not the log, not the database', async () => {
  answers.push(
    JSON.stringify(await Promise.all([mailroom.call('listDeployments'), mailroom.call('listFlows'), mailroom.call('listMessages')])),
  );
  const everything = [...answers, ...mailroom.output, await databaseText()].join('\n');
  expect(everything).toContain('OAUTH2_NOT_AUTHORIZED');
  expect(provider.handedOut.size).toBeGreaterThan(20);
  for (const secret of [provider.clientSecret, ...provider.handedOut]) expect(everything).not.toContain(secret);
});
