import { X509Certificate } from 'node:crypto';
import dns from 'node:dns';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { certificateMaker, type Authority, type CertificateMaker } from '../../testing/certificates.ts';
import { startScriptedServer, type ScriptedPeer, type ScriptedServer } from '../../testing/scripted-server.ts';
import { connectTo, speaksTls } from './connect.ts';

const trusted = tls.getCACertificates('default');
const signal = new AbortController().signal;
let maker: CertificateMaker;
let authority: Authority;

beforeAll(async () => {
  maker = await certificateMaker();
  authority = await maker.authority('Test authority');
  tls.setDefaultCACertificates([...trusted, authority.cert]);
});

afterAll(async () => {
  tls.setDefaultCACertificates(trusted);
  await maker.clear();
});

async function serveTls(options: tls.TlsOptions): Promise<number> {
  const server = tls.createServer(options, (socket) => socket.on('error', () => {}).end());
  server.on('tlsClientError', () => {});
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return portOf(server);
}

function portOf(server: net.Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function serveScript(script: (peer: ScriptedPeer) => void): Promise<ScriptedServer> {
  const server = await startScriptedServer(script);
  onTestFinished(() => server.close());
  return server;
}

const connect = (port: number, { isTls = true, host = '127.0.0.1', timeoutMs = 2_000 } = {}) =>
  connectTo({ host, port, isTls, timeoutMs, signal });

test('a certificate of a trusted authority for this host is accepted, by name and by address', async () => {
  const port = await serveTls(await authority.issue());
  for (const host of ['localhost', '127.0.0.1']) {
    const socket = await connect(port, { host });
    expect(socket).toMatchObject({ authorized: true });
    socket.destroy();
  }
});

test('an expired certificate is refused with the day it ended', async () => {
  const port = await serveTls(await authority.issue({ days: -1 }));
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  await expect(connect(port)).rejects.toMatchObject({ code: 'MAIL_CERTIFICATE_EXPIRED', message: expect.stringContaining(yesterday) });
});

test('a certificate for other names is refused with those names', async () => {
  const port = await serveTls(await authority.issue({ names: ['mail.example.com', 'imap.example.com'] }));
  await expect(connect(port, { host: 'localhost' })).rejects.toMatchObject({
    code: 'MAIL_CERTIFICATE_WRONG_HOST',
    message: expect.stringContaining('mail.example.com, imap.example.com'),
  });
});

test('a certificate of an unknown authority is refused with issuer and fingerprint, yet the port counts as speaking TLS', async () => {
  const server = await authority.issue();
  const port = await serveTls(server);
  tls.setDefaultCACertificates(trusted);
  onTestFinished(() => tls.setDefaultCACertificates([...trusted, authority.cert]));
  const fingerprint = new X509Certificate(server.cert).fingerprint256;
  await expect(connect(port)).rejects.toMatchObject({
    code: 'MAIL_CERTIFICATE_UNKNOWN',
    message: expect.stringContaining(`issuer Test authority, SHA-256 ${fingerprint}`),
  });
  expect(await speaksTls({ host: '127.0.0.1', port, timeoutMs: 2_000, signal })).toBe(true);
});

test('a server without TLS 1.2 is refused', async () => {
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  const port = await serveTls({ ...(await authority.issue()), ...old });
  await expect(connect(port)).rejects.toMatchObject({ code: 'MAIL_TLS_FAILED' });
});

test.each(['+OK ready\r\n', '* OK ready\r\n', '220 ready\r\n', 'HTTP/1.1 400 Bad Request\r\n\r\n'])(
  'a port that answers a TLS hello with %j is named as clear',
  async (greeting) => {
    const { port, open } = await serveScript((peer) => peer.send(greeting));
    await expect(connect(port)).rejects.toMatchObject({ code: 'MAIL_CLEAR_ON_TLS_PORT' });
    expect(await speaksTls({ host: '127.0.0.1', port, timeoutMs: 2_000, signal })).toBe(false);
    await vi.waitFor(() => expect(open()).toBe(0));
  },
);

test.each([
  ['says nothing', () => {}, 'MAIL_TIMEOUT'],
  ['ends the connection', (peer: ScriptedPeer) => peer.end(), 'MAIL_CONNECTION_LOST'],
  ['breaks the connection off', (peer: ScriptedPeer) => peer.reset(), 'MAIL_CONNECTION_LOST'],
])('a server that %s during the handshake', async (_, script, code) => {
  const { port, open } = await serveScript(script);
  await expect(connect(port, { timeoutMs: 300 })).rejects.toMatchObject({ code });
  await vi.waitFor(() => expect(open()).toBe(0));
});

test('a closed port and an unknown name are told apart', async () => {
  const server = await startScriptedServer(() => {});
  await server.close();
  await expect(connect(server.port, { isTls: false })).rejects.toMatchObject({ code: 'MAIL_CONNECTION_REFUSED' });
  await expect(connect(server.port, { isTls: true })).rejects.toMatchObject({ code: 'MAIL_CONNECTION_REFUSED' });
  await expect(connect(110, { host: 'no-such-host.invalid', timeoutMs: 20_000 })).rejects.toMatchObject({ code: 'MAIL_HOST_NOT_FOUND' });
});

test('an abort ends the attempt and drops the socket', async () => {
  const { port, open } = await serveScript(() => {});
  const ending = new AbortController();
  const attempt = connectTo({ host: '127.0.0.1', port, isTls: true, timeoutMs: 5_000, signal: ending.signal });
  await vi.waitFor(() => expect(open()).toBe(1));
  ending.abort();
  await expect(attempt).rejects.toMatchObject({ code: 'MAIL_CONNECTION_LOST', details: 'ended by Mailroom' });
  await vi.waitFor(() => expect(open()).toBe(0));
});

test('a name with several addresses is reached at the one that answers', async () => {
  const { port, open } = await serveScript((peer) => peer.send('ready\r\n'));
  const addresses = [
    { address: '::1', family: 6 },
    { address: '127.0.0.2', family: 4 },
    { address: '127.0.0.1', family: 4 },
  ];
  // What a name server would say; the connection is a real one.
  const lookup = vi
    .spyOn(dns, 'lookup')
    .mockImplementation(((_: string, __: unknown, done: (error: null, found: unknown) => void) =>
      done(null, addresses)) as typeof dns.lookup);
  onTestFinished(() => lookup.mockRestore());
  const socket = await connect(port, { host: 'several.example.test', isTls: false });
  expect(socket.remoteAddress).toBe('127.0.0.1');
  socket.destroy();
  await vi.waitFor(() => expect(open()).toBe(0));
});
