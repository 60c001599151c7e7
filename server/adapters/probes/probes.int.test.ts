import net from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { probeConfigs, type ProberType } from '../../../shared/connectivity.ts';
import { FlowError } from '../../../shared/errors.ts';
import type { ProbeStage } from '../../../shared/probe.ts';
import type { ProbeContext } from '../../ports/probers.ts';
import { certificateMaker, type Authority, type CertificateMaker, type Issued } from '../../testing/certificates.ts';
import { startHttpSink } from '../../testing/http-sink.ts';
import { startScriptedServer } from '../../testing/scripted-server.ts';
import { secretsOf } from '../../testing/secrets.ts';
import { startSmtpSink, type SmtpSinkOptions } from '../../testing/smtp-sink.ts';
import { probers } from '../index.ts';

let certificates: CertificateMaker;
let authority: Authority;
let issued: Issued;
beforeAll(async () => {
  certificates = await certificateMaker();
  authority = await certificates.authority('Test CA');
  issued = await authority.issue();
});
afterAll(async () => {
  await certificates.clear();
});

const password = 'a password that is told to nobody';
const secrets = secretsOf({
  trustedCertificate: async () => authority.cert,
  useCredential: async (name, host) => {
    if (host !== 'localhost') throw new FlowError('CREDENTIAL_HOST_NOT_ALLOWED', { name, host });
    return { name, user: 'ada', password: name === 'wrong' ? 'not it' : password };
  },
});

/** Each stage as it ended, in their order. */
async function probed(type: ProberType, typed: Record<string, unknown>, context: Partial<ProbeContext> = {}): Promise<ProbeStage[]> {
  const stages = new Map<string, ProbeStage>();
  const config = probeConfigs[type].parse({ timeoutMs: 1_000, ...typed });
  const report = (stage: ProbeStage) => void stages.set(stage.stage, stage);
  // The schema is that of the type, which TypeScript can't follow through the lookup.
  await probers[type](config as never, { secrets, signal: new AbortController().signal, ...context }, report);
  return [...stages.values()];
}
const statesOf = (stages: ProbeStage[]) => Object.fromEntries(stages.map(({ stage, state }) => [stage, state]));
const failureOf = (stages: ProbeStage[]) => stages.find(({ state }) => state === 'failed');

async function smtpAt(options: SmtpSinkOptions = {}) {
  const sink = await startSmtpSink(options);
  onTestFinished(() => sink.close());
  return { sink, address: `localhost:${sink.port}` };
}

describe('SMTP', () => {
  const login = { user: 'ada', password };

  test.each(['tls', 'starttls-mandatory'] as const)(
    '%s: every stage up to the sign-in is told, and no mail is sent',
    async (protection) => {
      const { sink, address } = await smtpAt({ certificate: issued, isTlsFromTheStart: protection === 'tls', login });
      const stages = await probed('smtp-probe', { address, protection, trustedCertificate: 'ca', credential: 'orders' });
      expect(statesOf(stages)).toEqual({
        resolve: 'done',
        connect: 'done',
        protect: 'done',
        greeting: 'done',
        capabilities: 'done',
        signIn: 'done',
      });
      expect(stages.find(({ stage }) => stage === 'capabilities')?.facts?.mechanisms).toEqual(expect.arrayContaining(['PLAIN', 'LOGIN']));
      expect(stages.find(({ stage }) => stage === 'protect')?.facts?.certificates?.[0]?.names).toContain('localhost');
      expect(sink.mails).toEqual([]);
    },
  );

  test('a wrong password is told, and itself told to nobody', async () => {
    const { address } = await smtpAt({ certificate: issued, login });
    const stages = await probed('smtp-probe', { address, trustedCertificate: 'ca', credential: 'wrong' });
    expect(failureOf(stages)).toMatchObject({ stage: 'signIn', error: { code: 'SMTP_SIGN_IN_REFUSED' } });
    expect(JSON.stringify(stages)).not.toContain('not it');
  });

  test('where STARTTLS was taken out of what the server lists, nothing is sent that could be read', async () => {
    const { address } = await smtpAt();
    const stages = await probed('smtp-probe', { address, credential: 'orders' });
    expect(failureOf(stages)).toMatchObject({ stage: 'protect', error: { code: 'SMTP_NOT_PROTECTED' } });
    expect(stages.map(({ stage }) => stage)).not.toContain('signIn');
  });

  test('words that were put behind the agreement to encrypt end the test', async () => {
    const server = await startScriptedServer(async (peer) => {
      peer.send('220 mail ready\r\n');
      await peer.line();
      peer.send('250-mail\r\n250 STARTTLS\r\n');
      await peer.line();
      peer.send('220 go ahead\r\n250 I am in between\r\n');
    });
    onTestFinished(() => server.close());
    const stages = await probed('smtp-probe', { address: `localhost:${server.port}` });
    expect(failureOf(stages)).toMatchObject({ stage: 'protect', error: { code: 'MAIL_PROTOCOL_ERROR' } });
  });

  test.each([
    ['nothing at all', undefined, 'MAIL_TIMEOUT'],
    ['what is no mail server', 'HTTP/1.1 400 Bad Request\r\n', 'MAIL_PROTOCOL_ERROR'],
    ['a no', '554 go away\r\n', 'SMTP_REFUSED'],
    ['an answer without an end', '220-x\r\n'.repeat(20_000), 'MAIL_PROTOCOL_ERROR'],
  ])('a server that says %s', async (_, greeting, code) => {
    const server = await startScriptedServer((peer) => {
      if (greeting !== undefined) peer.send(greeting);
    });
    onTestFinished(() => server.close());
    const stages = await probed('smtp-probe', { address: `localhost:${server.port}`, protection: 'off' });
    expect(failureOf(stages)).toMatchObject({ stage: 'greeting', error: { code } });
  });
});

describe('TLS', () => {
  test('an expired certificate is shown with when it ended', async () => {
    const { address } = await smtpAt({ certificate: await authority.issue({ days: -1 }), isTlsFromTheStart: true });
    const failure = failureOf(await probed('tls-probe', { address, trustedCertificate: 'ca' }));
    expect(failure).toMatchObject({ stage: 'protect', error: { code: 'MAIL_CERTIFICATE_EXPIRED' } });
    expect(failure?.facts?.certificates?.[0]?.subject).toContain('CN=mail');
  });

  test('a good certificate ends well, one nobody vouches for does not', async () => {
    const { address } = await smtpAt({ certificate: issued, isTlsFromTheStart: true });
    expect(statesOf(await probed('tls-probe', { address, trustedCertificate: 'ca' }))).toEqual({
      resolve: 'done',
      connect: 'done',
      protect: 'done',
    });
    expect(failureOf(await probed('tls-probe', { address }))).toMatchObject({ error: { code: 'MAIL_CERTIFICATE_UNKNOWN' } });
  });

  test('a port where nobody listens, and a name that nobody has', async () => {
    const free = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => free.once('listening', resolve));
    const { port } = free.address() as net.AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    expect(failureOf(await probed('tls-probe', { address: `127.0.0.1:${port}` }))).toMatchObject({
      stage: 'connect',
      error: { code: 'MAIL_CONNECTION_REFUSED' },
    });
    expect(failureOf(await probed('tls-probe', { address: 'nobody.invalid:443' }))).toMatchObject({
      stage: 'resolve',
      error: { code: 'MAIL_HOST_NOT_FOUND' },
    });
  });
});

describe('HTTP', () => {
  async function httpAt(status: number, headers: Record<string, string> = {}, tls?: Issued) {
    const sink = await startHttpSink(tls);
    const asked: string[] = [];
    sink.respond((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`.trim());
      response.writeHead(status, headers).end();
    });
    onTestFinished(() => sink.close());
    const { port } = new URL(sink.url);
    return { url: `${tls ? 'https' : 'http'}://localhost:${port}/orders?key=k`, asked };
  }

  test.each<[number, Record<string, string>, ProbeStage['state'], RegExp]>([
    [200, {}, 'done', /answers 200/],
    [405, {}, 'done', /takes no HEAD/],
    [302, { location: '/elsewhere' }, 'warning', /leads to \/elsewhere: receivers follow no redirect/],
    [401, {}, 'warning', /no credential is named/],
    [404, {}, 'warning', /not at this address/],
    [503, {}, 'failed', /status 503/],
  ])('an answer of %i', async (status, headers, state, sentence) => {
    const { url, asked } = await httpAt(status, headers);
    const stages = await probed('http-probe', { url });
    const answer = stages.find(({ stage }) => stage === 'answer');
    expect(answer).toMatchObject({ state, sentence: expect.stringMatching(sentence) as string });
    expect(asked).toEqual(['HEAD /orders?key=k']);
    expect(JSON.stringify(stages)).not.toContain('key=k');
  });

  test('a credential is sent to the hosts it allows only, and a refusal of it is a failure', async () => {
    const { url, asked } = await httpAt(401, {}, issued);
    const stages = await probed('http-probe', { url, credential: 'orders', trustedCertificate: 'ca' });
    expect(statesOf(stages)).toEqual({ resolve: 'done', connect: 'done', protect: 'done', answer: 'failed' });
    expect(asked).toEqual([`HEAD /orders?key=k Basic ${Buffer.from(`ada:${password}`).toString('base64')}`]);
    const elsewhere = await probed('http-probe', { url: url.replace('localhost', '127.0.0.1'), credential: 'orders' });
    expect(failureOf(elsewhere)).toMatchObject({ error: { code: 'CREDENTIAL_HOST_NOT_ALLOWED' } });
    expect(asked).toHaveLength(1);
  });

  test('a credential goes nowhere in clear but to this machine', async () => {
    const everywhere = secretsOf({ useCredential: async (name) => ({ name, user: 'ada', password }) });
    const stages = await probed('http-probe', { url: 'http://192.0.2.1/orders', credential: 'orders' }, { secrets: everywhere });
    expect(failureOf(stages)).toMatchObject({ error: { code: 'HTTP_NOT_PROTECTED' } });
  });

  test('whoever leaves ends it', async () => {
    const sink = await startHttpSink();
    sink.respond(() => undefined);
    onTestFinished(() => sink.close());
    const left = new AbortController();
    const probing = probed('http-probe', { url: sink.url, timeoutMs: 30_000 }, { signal: left.signal });
    setTimeout(() => left.abort(), 100);
    await probing;
    sink.cutAll();
  });
});
