import tls from 'node:tls';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { mailSender, type MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import type { ProbeStage } from '../../../shared/probe.ts';
import { FlowError } from '../../../shared/errors.ts';
import { startMailServer, type MailServer, type MailUser } from '../../testing/mail-server.ts';
import { startScriptedServer } from '../../testing/scripted-server.ts';
import { secretsOf } from '../../testing/secrets.ts';
import { silentLog } from '../../testing/silent-log.ts';
import { probe } from './probe.ts';

let server: MailServer;
let user: MailUser;

beforeAll(async () => {
  server = await startMailServer({ imapCapability: 'IMAP4rev1 LITERAL+ IDLE' });
  user = await server.createUser();
  await user.createFolder('Done');
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), server.ca]);
});
afterAll(() => server.stop());

async function probed(config: Partial<MailSenderConfig>, password = user.password): Promise<ProbeStage[]> {
  const reported: ProbeStage[] = [];
  const full = mailSender.config.parse({ address: `localhost:${server.ports.imaps}`, timeoutMs: 2_000, credential: 'mailbox', ...config });
  const useCredential = async (name: string) => {
    if (name !== 'mailbox') throw new FlowError('CREDENTIAL_NOT_DEPLOYED', { name });
    return { name, user: user.user, password };
  };
  await probe(full, { secrets: secretsOf({ useCredential }), signal: new AbortController().signal, log: silentLog }, (stage) =>
    reported.push(stage),
  );
  return reported;
}

/** The last that was reported of each stage, as `stage: state`. */
function outcome(reported: ProbeStage[]): string[] {
  const last = new Map(reported.map(({ stage, state }) => [stage, state]));
  return [...last].map(([stage, state]) => `${stage}: ${state}`);
}

const good = ['resolve: done', 'connect: done', 'protect: done', 'greeting: done', 'mechanism: done'];

test('each stage is reported as running before it is settled', async () => {
  const reported = await probed({ postProcessing: 'none' });
  expect(outcome(reported)).toEqual([...good, 'signIn: done', 'folder: done', 'postProcessing: done']);
  for (const stage of ['resolve', 'connect', 'protect', 'greeting', 'mechanism', 'signIn', 'folder', 'postProcessing']) {
    expect(reported.filter((report) => report.stage === stage).map(({ state }) => state)).toEqual(['running', 'done']);
  }
  expect(reported.find(({ stage, state }) => stage === 'protect' && state === 'done')?.sentence).toMatch(/^TLSv1\.3, .* 19 more days\.$/);
});

test.each([
  ['a name that does not exist', { address: 'no-such-host.invalid' }, ['resolve: failed'], 'MAIL_HOST_NOT_FOUND'],
  ['no address', { address: '' }, ['resolve: failed'], 'MAIL_HOST_NOT_FOUND'],
  ['a missing artifact', { credential: 'none' }, [...good, 'signIn: failed'], 'CREDENTIAL_NOT_DEPLOYED'],
  ['a missing folder', { folder: 'Dome' }, [...good, 'signIn: done', 'folder: failed'], 'MAIL_FOLDER_MISSING'],
  [
    'a missing archive folder',
    { postProcessing: 'archive', archiveFolder: 'Nowhere' },
    [...good, 'signIn: done', 'folder: done', 'postProcessing: failed'],
    'MAIL_ARCHIVE_FOLDER_MISSING',
  ],
] satisfies [string, Partial<MailSenderConfig>, string[], string][])('%s fails at its stage', async (_, config, stages, code) => {
  const reported = await probed(config);
  expect(outcome(reported)).toEqual(stages);
  expect(reported.at(-1)?.error?.code).toBe(code);
});

test.each(['imap4', 'pop3'] as const)('a wrong password fails at sign-in and is in no report (%s)', async (protocol) => {
  const address = `localhost:${protocol === 'imap4' ? server.ports.imaps : server.ports.pop3s}`;
  const reported = await probed({ protocol, address }, 'wrong-4711');
  expect(outcome(reported)).toEqual([...good, 'signIn: failed']);
  expect(reported.at(-1)?.error?.code).toBe('MAIL_SIGN_IN_REFUSED');
  expect(JSON.stringify(reported)).not.toContain('wrong-4711');
});

test('a server without UIDPLUS and MOVE is a warning for Delete and Archive', async () => {
  expect(outcome(await probed({ postProcessing: 'delete' })).at(-1)).toBe('postProcessing: warning');
  expect(outcome(await probed({ postProcessing: 'archive', archiveFolder: 'Done' })).at(-1)).toBe('postProcessing: warning');
  expect(outcome(await probed({ postProcessing: 'mark-read' })).at(-1)).toBe('postProcessing: done');
});

test.each(['imap4', 'pop3'] as const)('STARTTLS is followed, Off is a warning (%s)', async (protocol) => {
  const address = `localhost:${protocol === 'imap4' ? server.ports.imap : server.ports.pop3}`;
  const protectedBy = async (protection: MailSenderConfig['protection']) =>
    outcome(await probed({ protocol, address, protection })).find((text) => text.startsWith('protect'));
  expect(await protectedBy('starttls-mandatory')).toBe('protect: done');
  expect(await protectedBy('starttls-optional')).toBe('protect: done');
  expect(await protectedBy('off')).toBe('protect: warning');
});

test.each(['imap4', 'pop3'] as const)('TLS on a clear port and clear on a TLS port are named (%s)', async (protocol) => {
  const { imap, imaps, pop3, pop3s } = server.ports;
  const code = async (port: number, protection: MailSenderConfig['protection']) =>
    (await probed({ protocol, address: `localhost:${port}`, protection })).at(-1)?.error?.code;
  expect(await code(protocol === 'imap4' ? imap : pop3, 'tls')).toBe('MAIL_CLEAR_ON_TLS_PORT');
  expect(await code(protocol === 'imap4' ? imaps : pop3s, 'off')).toBe('MAIL_TLS_ON_CLEAR_PORT');
});

test.each([
  ['that is no mail server', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'MAIL_PROTOCOL_ERROR'],
  ['with an endless greeting', 'x'.repeat(100_000), 'MAIL_PROTOCOL_ERROR'],
])('a server %s is refused at the greeting', async (_, greeting, code) => {
  const scripted = await startScriptedServer((peer) => peer.send(greeting));
  onTestFinished(() => scripted.close());
  const reported = await probed({ address: `127.0.0.1:${scripted.port}`, protection: 'off' });
  expect(reported.at(-1)).toMatchObject({ stage: 'greeting', state: 'failed', error: { code } });
});

test.each(['imap4', 'pop3'] as const)('STARTTLS Mandatory fails at protection where it is not offered (%s)', async (protocol) => {
  const scripted = await startScriptedServer(async (peer) => {
    peer.send(protocol === 'imap4' ? '* OK ready\r\n' : '+OK ready\r\n');
    await peer.line();
    peer.send(protocol === 'imap4' ? '* CAPABILITY IMAP4rev1\r\nc OK done\r\n' : '-ERR unknown command\r\n');
  });
  onTestFinished(() => scripted.close());
  const reported = await probed({ protocol, address: `127.0.0.1:${scripted.port}`, protection: 'starttls-mandatory' });
  expect(reported.at(-1)).toMatchObject({ stage: 'protect', state: 'failed', error: { code: 'MAIL_STARTTLS_NOT_OFFERED' } });
});

test('data that is slipped in before the TLS handshake ends the test', async () => {
  const scripted = await startScriptedServer(async (peer) => {
    peer.send('* OK ready\r\n');
    await peer.line();
    peer.send('* CAPABILITY IMAP4rev1 STARTTLS\r\nc OK done\r\n');
    await peer.line();
    peer.send('t OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n');
  });
  onTestFinished(() => scripted.close());
  const reported = await probed({ address: `127.0.0.1:${scripted.port}`, protection: 'starttls-mandatory' });
  expect(reported.at(-1)).toMatchObject({
    state: 'failed',
    error: { code: 'MAIL_PROTOCOL_ERROR', details: 'data before the TLS handshake' },
  });
});
