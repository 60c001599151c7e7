import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { startScriptedServer, type ScriptedPeer, type ScriptedServer } from '../../testing/scripted-server.ts';
import { connectTo, speaksTls } from './connect.ts';

const run = promisify(execFile);
const trusted = tls.getCACertificates('default');
const signal = new AbortController().signal;
let directory: string;
let authority: string;

const file = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailroom-certificates-'));
  const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=Test authority'];
  await run('openssl', ['req', '-x509', ...options, '-keyout', file('ca.key'), '-out', file('ca.pem'), '-days', '2']);
  authority = await readFile(file('ca.pem'), 'utf8');
  tls.setDefaultCACertificates([...trusted, authority]);
});

afterAll(async () => {
  tls.setDefaultCACertificates(trusted);
  await rm(directory, { recursive: true });
});

/** A key and a certificate of the test authority. */
async function certify(names: string, days: number): Promise<{ key: string; cert: string }> {
  const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=mail'];
  await run('openssl', ['req', ...options, '-keyout', file('mail.key'), '-out', file('mail.csr')]);
  await writeFile(file('mail.ext'), `subjectAltName=${names}\n`);
  const request = ['-req', '-in', file('mail.csr'), '-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-extfile', file('mail.ext')];
  await run('openssl', ['x509', ...request, '-out', file('mail.pem'), '-days', String(days)]);
  return { key: await readFile(file('mail.key'), 'utf8'), cert: await readFile(file('mail.pem'), 'utf8') };
}

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
  const port = await serveTls(await certify('DNS:localhost,IP:127.0.0.1', 2));
  for (const host of ['localhost', '127.0.0.1']) {
    const socket = await connect(port, { host });
    expect(socket).toMatchObject({ authorized: true });
    socket.destroy();
  }
});

test('an expired certificate is refused with the day it ended', async () => {
  const port = await serveTls(await certify('DNS:localhost,IP:127.0.0.1', -1));
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  await expect(connect(port)).rejects.toMatchObject({ code: 'MAIL_CERTIFICATE_EXPIRED', message: expect.stringContaining(yesterday) });
});

test('a certificate for other names is refused with those names', async () => {
  const port = await serveTls(await certify('DNS:mail.example.com,DNS:imap.example.com', 2));
  await expect(connect(port, { host: 'localhost' })).rejects.toMatchObject({
    code: 'MAIL_CERTIFICATE_WRONG_HOST',
    message: expect.stringContaining('mail.example.com, imap.example.com'),
  });
});

test('a certificate of an unknown authority is refused with issuer and fingerprint, yet the port counts as speaking TLS', async () => {
  const server = await certify('IP:127.0.0.1', 2);
  const port = await serveTls(server);
  tls.setDefaultCACertificates(trusted);
  onTestFinished(() => tls.setDefaultCACertificates([...trusted, authority]));
  const { stdout } = await run('openssl', ['x509', '-in', file('mail.pem'), '-noout', '-fingerprint', '-sha256']);
  const fingerprint = stdout.trim().split('=')[1] ?? '';
  await expect(connect(port)).rejects.toMatchObject({
    code: 'MAIL_CERTIFICATE_UNKNOWN',
    message: expect.stringContaining(`issuer Test authority, SHA-256 ${fingerprint}`),
  });
  expect(await speaksTls({ host: '127.0.0.1', port, timeoutMs: 2_000, signal })).toBe(true);
});

test('a server without TLS 1.2 is refused', async () => {
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  const port = await serveTls({ ...(await certify('IP:127.0.0.1', 2)), ...old });
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
