import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { certificateMaker, type CertificateMaker, type Issued } from '../testing/certificates.ts';
import { eventually } from '../testing/eventually.ts';
import { startTestServer, type TestServer } from '../testing/http-server.ts';
import { startHealthServer } from './health.ts';
import { startHttpServer } from './server.ts';
import { readTrustedProxies } from './trusted-proxy.ts';

/** Listening with TLS, and behind proxies. */

let server: TestServer;
let maker: CertificateMaker;
let directory: string;

beforeAll(async () => {
  server = await startTestServer();
  maker = await certificateMaker();
  directory = await mkdtemp(join(tmpdir(), 'mailroom-tls-'));
});
afterAll(async () => {
  await server.close();
  await maker.clear();
  await rm(directory, { recursive: true, force: true });
});

const tls = () => ({ certFile: join(directory, 'tls.crt'), keyFile: join(directory, 'tls.key') });
async function install({ cert, key }: Issued) {
  await Promise.all([writeFile(tls().certFile, cert), writeFile(tls().keyFile, key)]);
}

interface Answer {
  status: number | undefined;
  fingerprint: string;
  hsts: string | undefined;
}

/** Trusts `ca` alone. */
function ask(url: string, ca: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = httpsRequest(url, { ca, agent: false, timeout: 5_000 }, (response) => {
    const { fingerprint256 } = (response.socket as TLSSocket).getPeerCertificate();
    response
      .resume()
      .once('end', () =>
        resolve({ status: response.statusCode, fingerprint: fingerprint256, hsts: response.headers['strict-transport-security'] }),
      );
  });
  request.once('error', reject).end();
  return promise;
}

it('TLS is spoken with the given files, and a renewed certificate is used without a restart', async () => {
  const authority = await maker.authority('Listening');
  await install(await authority.issue());
  const secure = await startHttpServer({ ...server.parts, tls: tls() }, 0, { lookMs: 20 });
  try {
    expect(secure.url).toMatch(/^https:/);
    const first = await ask(`${secure.url}/healthz`, authority.cert);
    expect(first).toMatchObject({ status: 200, hsts: expect.stringContaining('max-age=') });

    await writeFile(tls().certFile, 'half written');
    expect(await ask(`${secure.url}/healthz`, authority.cert)).toEqual(first);
    await install(await authority.issue());
    await eventually(async () => (await ask(`${secure.url}/healthz`, authority.cert)).fingerprint !== first.fingerprint, {
      what: 'the renewed certificate',
    });
  } finally {
    await secure.close();
  }
});

it('files that are no certificate and key keep it from starting, with a reason', async () => {
  await install({ cert: 'not a certificate', key: 'not a key' });
  await expect(startHttpServer({ ...server.parts, tls: tls() }, 0)).rejects.toMatchObject({ code: 'TLS_FILES_NOT_USABLE' });
});

it('only trusted proxies are answered, health excepted', async () => {
  const behind = await startHttpServer({ ...server.parts, trustedProxies: readTrustedProxies('10.0.0.0/8') }, 0);
  try {
    const refused = await fetch(`${behind.url}/api/v1/session`, { headers: { 'x-forwarded-for': '10.1.2.3' } });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ code: 'NOT_THROUGH_PROXY' });
    expect((await fetch(`${behind.url}/healthz`)).status).toBe(200);
  } finally {
    await behind.close();
  }
});

it('what a trusted proxy says of a visitor is believed, and what the visitor added before it is not', async () => {
  const behind = await startHttpServer({ ...server.parts, trustedProxies: readTrustedProxies('loopback') }, 0);
  try {
    const headers = { 'x-forwarded-for': '6.6.6.6, 203.0.113.9', 'x-forwarded-proto': 'https' };
    const answer = await fetch(`${behind.url}/api/v1/sign-in`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'nobody@example.com', password: 'not a password' }),
    });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('strict-transport-security')).not.toBeNull();
    const { items } = await (await server.program()).call('listAudit', { query: { action: 'signIn', limit: 1 } });
    expect(items).toMatchObject([{ address: '203.0.113.9' }]);
  } finally {
    await behind.close();
  }
});

it('a visitor in a trusted range can not give another address for their own', async () => {
  const behind = await startHttpServer({ ...server.parts, trustedProxies: readTrustedProxies('loopback, private, 10.0.0.7') }, 0);
  const addressFor = async (forwarded: string) => {
    await fetch(`${behind.url}/api/v1/sign-in`, {
      method: 'POST',
      headers: { 'x-forwarded-for': forwarded, 'content-type': 'application/json' },
      body: JSON.stringify({ email: `${randomUUID()}@example.com`, password: 'not a password' }),
    });
    const { items } = await (await server.program()).call('listAudit', { query: { action: 'signIn', limit: 1 } });
    return items[0]?.address;
  };
  try {
    expect(await addressFor('6.6.6.6, 192.168.1.50')).toBe('192.168.1.50');
    // A proxy that is named by itself passes on what the one before it said.
    expect(await addressFor('203.0.113.9, 10.0.0.7')).toBe('203.0.113.9');
  } finally {
    await behind.close();
  }
});

it.each([
  ['10.0.0.7', '10.0.0.7', true],
  ['10.0.0.7', '10.0.0.8', false],
  ['10.0.0.0/8, fd00::/8', '::ffff:10.9.9.9', true],
  ['10.0.0.0/8, fd00::/8', 'fd00::1', true],
  ['private', '172.17.0.1', true],
  ['private', '8.8.8.8', false],
  ['loopback', '::1', true],
  ['loopback', '', false],
])('%s includes %s: %s', (text, address, isIncluded) => {
  expect(readTrustedProxies(text).includes(address)).toBe(isIncluded);
});

it.each(['', 'proxy.example.com', '10.0.0.0/33', '10.0.0.0/x', '10.0.0.1,'])('"%s" is no list of proxies', (text) => {
  expect(() => readTrustedProxies(text)).toThrow('must hold IP addresses');
});

it('a process without a web server tells its supervisor on this machine how it is', async () => {
  let hasDatabase = true;
  let isListening = true;
  const parts = { ...server.parts, isReady: async () => hasDatabase, events: { isListening: () => isListening } };
  const health = await startHealthServer(parts, 0);
  const ready = async () => {
    const answer = await fetch(`http://127.0.0.1:${health.port}/readyz`, { headers: { connection: 'close' } });
    return [answer.status, await answer.text()];
  };
  try {
    expect(await ready()).toEqual([200, 'ready\n']);
    hasDatabase = false;
    expect(await ready()).toEqual([503, 'not ready: the database does not answer\n']);
    hasDatabase = true;
    isListening = false;
    expect(await ready()).toEqual([503, 'not ready: it does not hear what other processes do\n']);
    expect((await fetch(`http://127.0.0.1:${health.port}/api/v1/session`)).status).toBe(404);
  } finally {
    await health.close();
  }
});
