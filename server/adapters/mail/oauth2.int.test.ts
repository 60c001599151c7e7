import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { mailSender, type MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import type { ProbeStage } from '../../../shared/probe.ts';
import { FlowError } from '../../../shared/errors.ts';
import { oauth2Provider } from '../../oauth2/provider.ts';
import type { Secrets } from '../../ports/secrets.ts';
import { answerAtProvider, startAuthorizationServer, type AuthorizationServer } from '../../testing/authorization-server.ts';
import { startMailServer, type MailServer, type MailUser } from '../../testing/mail-server.ts';
import { startScriptedServer, type ScriptedPeer } from '../../testing/scripted-server.ts';
import { secretsOf } from '../../testing/secrets.ts';
import { silentLog } from '../../testing/silent-log.ts';
import { mailSenderAdapter } from '../mail-sender.ts';

/** Tokens of a real authorization server, at a mail server that asks it about them. */

const redirectUrl = 'http://127.0.0.1:8025/api/v1/oauth2/callback';
const protocols = ['imap4', 'pop3'] as const;
let provider: AuthorizationServer;
let both: MailServer;
let xoauth2Only: MailServer;
let user: MailUser;

beforeAll(async () => {
  provider = await startAuthorizationServer({ redirectUrls: [redirectUrl] });
  const { introspectionUrl } = provider;
  [both, xoauth2Only] = await Promise.all([
    startMailServer({ mechanisms: ['plain', 'xoauth2', 'oauthbearer'], introspectionUrl }),
    startMailServer({ mechanisms: ['xoauth2'], introspectionUrl }),
  ]);
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), both.ca, xoauth2Only.ca]);
  user = await both.createUser();
  await user.deliver('Subject: Order 17\r\n\r\nPumps\r\n');
});
afterAll(async () => {
  await Promise.all([both.stop(), xoauth2Only.stop(), provider.close()]);
});

async function tokenFor(who: string): Promise<string> {
  const { authorizationUrl, tokenUrl, clientId, clientSecret } = provider;
  const settings = { name: 'x', provider: 'generic' as const, tenant: '', authorizationUrl, tokenUrl, clientId, clientSecret };
  const client = { ...settings, sendAs: 'body' as const, user: who, scope: 'openid offline_access mail' };
  const request = { redirectUrl, state: 's', codeVerifier: 'v'.repeat(43) };
  const back = await answerAtProvider(await oauth2Provider.authorizationUrl(client, request), who);
  return (await oauth2Provider.exchange(client, { code: back.searchParams.get('code') ?? '' }, request)).accessToken;
}

type Protocol = (typeof protocols)[number];

const configFor = ({ ports }: Pick<MailServer, 'ports'>, protocol: Protocol, change: Partial<MailSenderConfig> = {}) =>
  mailSender.config.parse({
    protocol,
    address: `localhost:${protocol === 'imap4' ? ports.imaps : ports.pop3s}`,
    authentication: 'oauth2',
    credential: 'office',
    timeoutMs: 5_000,
    ...change,
  });

/** Hands out these tokens, one after the other for each that was refused. */
function holding(who: string, ...tokens: string[]): { secrets: Secrets; asked: (string | undefined)[] } {
  const asked: (string | undefined)[] = [];
  const useAccessToken: Secrets['useAccessToken'] = async (name, _host, refused) => {
    asked.push(refused);
    const next = tokens[refused === undefined ? 0 : tokens.indexOf(refused) + 1];
    if (next === undefined) throw new FlowError('OAUTH2_NOT_AUTHORIZED', { name });
    return { name, user: who, token: next };
  };
  return { secrets: secretsOf({ useAccessToken }), asked };
}

async function open(config: MailSenderConfig, secrets: Secrets) {
  const session = await mailSenderAdapter.open(config, { secrets, signal: new AbortController().signal, log: silentLog });
  onTestFinished(() => session.destroy());
  return session;
}

async function stagesOf(config: MailSenderConfig, secrets: Secrets): Promise<ProbeStage[]> {
  const stages = new Map<string, ProbeStage>();
  const context = { secrets, signal: new AbortController().signal, log: silentLog };
  await mailSenderAdapter.probe(config, context, (stage) => void stages.set(stage.stage, stage));
  return [...stages.values()];
}

describe.each(protocols)('%s', (protocol) => {
  test('signs in with a token: OAUTHBEARER where the server has both mechanisms', async () => {
    const { secrets, asked } = holding(user.user, await tokenFor(user.user));
    const session = await open(configFor(both, protocol), secrets);
    expect((await session.list()).mails).toHaveLength(1);
    expect(asked).toEqual([undefined]);
    await session.close();
    expect(await both.log()).toMatch(new RegExp(`${protocol.slice(0, 4)}-login: .*user=<${user.user}>, method=OAUTHBEARER`));
    const identity = await mailSenderAdapter.identify(configFor(both, protocol), secrets);
    expect(identity).toEqual({ mailbox: { host: 'localhost', user: user.user, folder: 'INBOX' }, credential: 'office' });
  });

  test('signs in with XOAUTH2 where the server has only that', async () => {
    const other = await xoauth2Only.createUser();
    const { secrets } = holding(other.user, await tokenFor(other.user));
    const session = await open(configFor(xoauth2Only, protocol), secrets);
    expect((await session.list()).mails).toEqual([]);
    await session.close();
  });

  test.each(['OAUTHBEARER', 'XOAUTH2'])('a refused token is replaced once, and the second is taken (%s)', async (mechanism) => {
    const server = mechanism === 'XOAUTH2' ? xoauth2Only : both;
    const other = await server.createUser();
    const { secrets, asked } = holding(other.user, 'expired', await tokenFor(other.user));
    const session = await open(configFor(server, protocol), secrets);
    expect((await session.list()).mails).toEqual([]);
    await session.close();
    expect(asked).toEqual([undefined, 'expired']);
  });

  test('tokens that are refused twice end the visit with what to do, and with the reason the server gave', async () => {
    const { secrets, asked } = holding(user.user, 'expired-token', 'also-expired-token', 'never-asked-for');
    const error: unknown = await open(configFor(both, protocol), secrets).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'OAUTH2_TOKEN_REFUSED', details: expect.stringContaining('status invalid_token') });
    expect(asked).toEqual([undefined, 'expired-token']);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('expired-token');
  });

  test('the token of another user is refused', async () => {
    const other = await both.createUser();
    const token = await tokenFor(other.user);
    const { secrets } = holding(user.user, token, token);
    await expect(open(configFor(both, protocol), secrets)).rejects.toMatchObject({ code: 'OAUTH2_TOKEN_REFUSED' });
  });

  test('a server without such a mechanism never sees the token', async () => {
    const lines: string[] = [];
    const server = await startScriptedServer(withoutOAuth2(protocol, lines));
    onTestFinished(() => server.close());
    const config = configFor(both, protocol, { address: `127.0.0.1:${server.port}`, protection: 'off' });
    const error: unknown = await open(config, holding('ada', 'the-token').secrets).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'MAIL_MECHANISM_NOT_OFFERED' });
    expect(lines.join('\n')).not.toMatch(/AUTH|LOGIN|USER|APOP|token/);
  });

  test('the connection test names the mechanism, and says when nobody has authorized the artifact', async () => {
    const { secrets } = holding(user.user, await tokenFor(user.user));
    const stages = await stagesOf(configFor(both, protocol), secrets);
    expect(stages.map(({ stage, state }) => `${stage} ${state}`)).not.toContain('signIn failed');
    expect(stages.find(({ stage }) => stage === 'mechanism')?.sentence).toContain('OAUTHBEARER');
    expect(stages.find(({ stage }) => stage === 'signIn')?.sentence).toBe(`Signed in as ${user.user}.`);

    const failed = (await stagesOf(configFor(both, protocol), holding(user.user).secrets)).at(-1);
    expect(failed).toMatchObject({ stage: 'signIn', state: 'failed', error: { code: 'OAUTH2_NOT_AUTHORIZED' } });
  });
});

function withoutOAuth2(protocol: Protocol, lines: string[]): (peer: ScriptedPeer) => Promise<void> {
  return async (peer) => {
    peer.send(protocol === 'imap4' ? '* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n' : '+OK <1896.697170952@mail.example.com>\r\n');
    for (;;) {
      const line = await peer.line();
      lines.push(line);
      const [tag = '', command = ''] = line.split(' ');
      if (protocol === 'imap4')
        peer.send(command === 'CAPABILITY' ? `* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n${tag} OK done\r\n` : `${tag} OK done\r\n`);
      else peer.send(tag === 'CAPA' ? '+OK\r\nUSER\r\nSASL PLAIN CRAM-MD5\r\nUIDL\r\n.\r\n' : '+OK\r\n');
    }
  };
}
