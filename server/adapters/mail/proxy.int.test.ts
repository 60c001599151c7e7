import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { mailSender, type MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import type { ProbeStage } from '../../../shared/probe.ts';
import { FlowError } from '../../../shared/errors.ts';
import { startMailServer, type MailServer, type MailUser } from '../../testing/mail-server.ts';
import { startProxy, type ProxyOptions, type TestProxy } from '../../testing/proxy.ts';
import { startScriptedServer, type ScriptedPeer } from '../../testing/scripted-server.ts';
import { secretsOf } from '../../testing/secrets.ts';
import { silentLog } from '../../testing/silent-log.ts';
import type { MailboxSession } from '../../ports/mailbox.ts';
import { mailSenderAdapter } from '../mail-sender.ts';
import { connectTo } from './connect.ts';
import type { Proxy } from './route.ts';

/** A name that only the proxies know. */
const inside = 'mail.inside.test';
const systemAuthorities = tls.getCACertificates('default');
let server: MailServer;
let user: MailUser;

beforeAll(async () => {
  server = await startMailServer({ certificateNames: [inside, 'localhost'] });
  user = await server.createUser();
  await user.deliver('Subject: through\r\n\r\nthe proxy\r\n');
  tls.setDefaultCACertificates([...systemAuthorities, server.ca]);
});
afterAll(async () => {
  tls.setDefaultCACertificates(systemAuthorities);
  await server.stop();
});

const proxyUser = { name: 'proxy', user: 'pröxy', password: 'p4ss-wörd' };
const types = ['socks5', 'http-connect'] as const;

async function proxyWith(options: ProxyOptions): Promise<TestProxy> {
  const proxy = await startProxy({ hosts: { [inside]: '127.0.0.1' }, ...options });
  onTestFinished(() => proxy.close());
  return proxy;
}

/** @param settings a Timeout may be shorter than people may set it */
function configOf({ timeoutMs = 5_000, ...settings }: Partial<MailSenderConfig>): MailSenderConfig {
  return { ...mailSender.config.parse({ credential: 'mailbox', postProcessing: 'none', ...settings }), timeoutMs };
}

/** Which artifact was asked for, and for which host. */
const uses: string[] = [];

const secrets = secretsOf({
  useCredential: async (name, host) => {
    uses.push(`${name} for ${host}`);
    if (name === 'mailbox') return { name, user: user.user, password: user.password };
    if (name === 'proxy') return proxyUser;
    if (name === 'wrong') return { name, user: 'pröxy', password: 'wrong-4711' };
    throw new FlowError('CREDENTIAL_NOT_DEPLOYED', { name });
  },
});

async function open(settings: Partial<MailSenderConfig>, signal = new AbortController().signal): Promise<MailboxSession> {
  const session = await mailSenderAdapter.open(configOf(settings), { secrets, signal, log: silentLog });
  onTestFinished(() => session.destroy());
  return session;
}

async function probed(settings: Partial<MailSenderConfig>): Promise<ProbeStage[]> {
  const reported: ProbeStage[] = [];
  const context = { secrets, signal: new AbortController().signal, log: silentLog };
  await mailSenderAdapter.probe(configOf(settings), context, (stage) => reported.push(stage));
  return reported;
}

const waysIn = (['imap4', 'pop3'] as const).flatMap((protocol) =>
  (['tls', 'starttls-mandatory'] as const).map((protection) => ({ protocol, protection })),
);

function portFor({ protocol, protection }: Pick<MailSenderConfig, 'protocol' | 'protection'>): number {
  const { imap, imaps, pop3, pop3s } = server.ports;
  if (protection === 'tls') return protocol === 'imap4' ? imaps : pop3s;
  return protocol === 'imap4' ? imap : pop3;
}

describe.each(types)('through a proxy (%s)', (type) => {
  test.each(waysIn)('$protocol with $protection reaches a server whose name only the proxy knows', async (way) => {
    const proxy = await proxyWith({ type });
    const address = `${inside}:${portFor(way)}`;
    const session = await open({ ...way, address, proxyType: type, proxyAddress: `127.0.0.1:${proxy.port}` });
    const { mails, notes } = await session.list();
    expect(mails).toHaveLength(1);
    expect(notes).toEqual([]);
    expect(proxy.targets()).toEqual([address]);
    await session.close();
    await vi.waitFor(() => expect(proxy.open()).toBe(0));
  });

  test.each(['imap4', 'pop3'] as const)('the proxy gets its own credential and the mail server another (%s)', async (protocol) => {
    const proxy = await proxyWith({ type, credential: proxyUser });
    const way = { protocol, protection: 'tls' } as const;
    uses.length = 0;
    const settings = { ...way, address: `${inside}:${portFor(way)}`, proxyType: type, proxyAddress: `localhost:${proxy.port}` };
    const session = await open({ ...settings, proxyCredential: 'proxy' });
    expect((await session.list()).mails).toHaveLength(1);
    expect(uses).toEqual([`mailbox for ${inside}`, 'proxy for localhost']);

    const wrong = await open({ ...settings, proxyCredential: 'wrong' }).catch((error: unknown) => error);
    expect(wrong).toMatchObject({ code: 'MAIL_PROXY_SIGN_IN_REFUSED', message: expect.stringContaining(`localhost:${proxy.port}`) });
    expect(JSON.stringify(wrong)).not.toContain('wrong-4711');
    await expect(open(settings)).rejects.toMatchObject({ code: 'MAIL_PROXY_SIGN_IN_WANTED' });
    await expect(open({ ...settings, proxyCredential: 'none' })).rejects.toMatchObject({ code: 'CREDENTIAL_NOT_DEPLOYED' });
    session.destroy();
    await vi.waitFor(() => expect(proxy.open()).toBe(0));
  });

  test('what the proxy forbids and what it cannot reach are told apart, and it is named as the one to look at', async () => {
    const proxy = await proxyWith({ type, forbidden: [server.ports.imaps] });
    const settings = { proxyType: type, proxyAddress: `127.0.0.1:${proxy.port}` };
    const closed = await startScriptedServer(() => {});
    await closed.close();
    await expect(open({ ...settings, address: `${inside}:${server.ports.imaps}` })).rejects.toMatchObject({
      code: 'MAIL_PROXY_FORBIDS',
      message: `The proxy 127.0.0.1:${proxy.port} does not allow connections to ${inside}:${server.ports.imaps}.`,
    });
    for (const address of [`${inside}:${closed.port}`, `no-such-host.invalid:${server.ports.imaps + 1}`]) {
      await expect(open({ ...settings, timeoutMs: 20_000, address })).rejects.toMatchObject({
        code: 'MAIL_PROXY_TARGET_UNREACHABLE',
        message: `The proxy 127.0.0.1:${proxy.port} can't reach ${address}.`,
      });
    }
    await vi.waitFor(() => expect(proxy.open()).toBe(0));
  });

  test('the connection test says who looks the name up, and finds the failing proxy at its stage', async () => {
    const proxy = await proxyWith({ type, credential: proxyUser });
    const address = `${inside}:${server.ports.imaps}`;
    const settings = { address, proxyType: type, proxyAddress: `localhost:${proxy.port}`, proxyCredential: 'proxy' };
    const reported = await probed(settings);
    const sentences = reported.filter(({ state }) => state === 'done').map(({ sentence }) => sentence);
    expect(sentences[0]).toMatch(/^The proxy localhost is (127\.0\.0\.1|::1); it looks up mail\.inside\.test itself\.$/);
    expect(sentences[1]).toBe(`${address} accepts connections, through the proxy localhost:${proxy.port}.`);
    expect(reported.at(-1)).toMatchObject({ stage: 'postProcessing', state: 'done' });

    const failed = async (change: Partial<MailSenderConfig>) => {
      const { stage, state, error } = (await probed({ ...settings, ...change })).at(-1) ?? {};
      return [stage, state, error?.code];
    };
    expect(await failed({ proxyCredential: 'wrong' })).toEqual(['connect', 'failed', 'MAIL_PROXY_SIGN_IN_REFUSED']);
    expect(await failed({ proxyAddress: 'no-such-proxy.invalid:1080', timeoutMs: 20_000 })).toEqual([
      'resolve',
      'failed',
      'MAIL_PROXY_NOT_FOUND',
    ]);
    expect(await failed({ proxyAddress: '' })).toEqual(['resolve', 'failed', 'MAIL_PROXY_NOT_FOUND']);
  });

  test('a server that does not show the right certificate is found out behind the proxy, too', async () => {
    const proxy = await proxyWith({ type, hosts: { 'other.inside.test': '127.0.0.1' } });
    const address = `other.inside.test:${server.ports.imaps}`;
    await expect(open({ address, proxyType: type, proxyAddress: `127.0.0.1:${proxy.port}` })).rejects.toMatchObject({
      code: 'MAIL_CERTIFICATE_WRONG_HOST',
    });
    await vi.waitFor(() => expect(proxy.open()).toBe(0));
  });

  test.each(['imap4', 'pop3'] as const)(
    'behind a proxy no server counts as on this machine: no password in clear (%s)',
    async (protocol) => {
      const proxy = await proxyWith({ type });
      const way = { protocol, protection: 'off' } as const;
      const settings = { ...way, address: `localhost:${portFor(way)}`, proxyType: type, proxyAddress: `127.0.0.1:${proxy.port}` };
      await expect(open(settings)).rejects.toMatchObject({ code: 'MAIL_PLAIN_NOT_PROTECTED' });
      expect((await probed(settings)).at(-1)).toMatchObject({
        stage: 'mechanism',
        state: 'failed',
        error: { code: 'MAIL_PLAIN_NOT_PROTECTED' },
      });
      await (await open({ ...settings, authentication: 'encrypted' })).close();

      const session = await open({ ...settings, allowUnprotected: true });
      expect((await session.list()).notes).toEqual([expect.stringMatching(/^The password was sent to localhost:\d+ unencrypted/)]);
    },
  );
});

describe('what a proxy is asked', () => {
  const reach = async (proxy: Proxy, host: string, port: number) => {
    const socket = await connectTo({ host, port, proxy, timeoutMs: 5_000, isTls: false, signal: new AbortController().signal });
    socket.destroy();
  };

  test.each([
    ['::1', '::1'],
    ['2001:db8::a:0:7', '2001:db8::a:0:7'],
    ['::ffff:192.0.2.33', '::ffff:c000:221'],
    ['192.0.2.7', '192.0.2.7'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['mail.example.com.', 'mail.example.com'],
  ])('%s goes to the proxy as %s', async (host, asked) => {
    const peer = await startScriptedServer(() => {});
    onTestFinished(() => peer.close());
    for (const type of types) {
      const proxy = await proxyWith({ type, hosts: { [asked]: '127.0.0.1' } });
      await reach({ type, host: '127.0.0.1', port: proxy.port }, host, peer.port);
      expect(proxy.targets()).toEqual([`${asked}:${peer.port}`]);
    }
  });

  test('a request holds nothing of the credential but its base64, and is one request', async () => {
    const proxy = await startScriptedServer(async (peer) => {
      const lines = [await peer.line(), await peer.line(), await peer.line(), await peer.line()];
      peer.send(`HTTP/1.1 403 ${lines.join('|')}\r\n\r\n`);
    });
    onTestFinished(() => proxy.close());
    const basic = Buffer.from(`${proxyUser.user}:${proxyUser.password}`).toString('base64');
    const asked = reach({ type: 'http-connect', host: '127.0.0.1', port: proxy.port, credential: proxyUser }, '::1', 993);
    await expect(asked).rejects.toMatchObject({
      code: 'MAIL_PROXY_FORBIDS',
      details: `403 CONNECT [::1]:993 HTTP/1.1|Host: [::1]:993|Proxy-Authorization: Basic ${basic}|`,
    });
  });

  test.each(types)('a host that can be no name is not asked for (%s)', async (type) => {
    const proxy = await proxyWith({ type });
    const asked = reach({ type, host: '127.0.0.1', port: proxy.port }, 'mail%00.example', 993);
    await expect(asked).rejects.toMatchObject({ code: 'MAIL_HOST_NOT_FOUND' });
    expect(proxy.targets()).toEqual([]);
    await vi.waitFor(() => expect(proxy.open()).toBe(0));
  });

  test('a credential that the protocol cannot carry is refused before it is cut short', async () => {
    const proxy = await startScriptedServer((peer) => peer.send(Buffer.from([5, 2])));
    onTestFinished(() => proxy.close());
    const at = { host: '127.0.0.1', port: proxy.port };
    const long = { name: 'long', user: 'u', password: 'x'.repeat(256) };
    await expect(reach({ type: 'socks5', ...at, credential: long }, inside, 993)).rejects.toMatchObject({
      code: 'MAIL_PROXY_SIGN_IN_REFUSED',
    });
    const colon = { name: 'colon', user: 'a:b', password: 'x' };
    await expect(reach({ type: 'http-connect', ...at, credential: colon }, inside, 993)).rejects.toMatchObject({
      code: 'MAIL_PROXY_SIGN_IN_REFUSED',
    });
    await vi.waitFor(() => expect(proxy.open()).toBe(0));
  });
});

describe('the tunnel begins right behind the answer of the proxy', () => {
  const greeting = '+OK hello\r\n';
  const socksAnswer = Buffer.from([5, 0, 5, 0, 0, 3, 4, ...Buffer.from('host'), 0, 99]);
  const answers = [
    ['socks5', socksAnswer],
    ['socks5', Buffer.from([5, 0, 5, 0, 0, 4, ...Buffer.alloc(16), 0, 99])],
    ['http-connect', Buffer.from('HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n')],
    ['http-connect', Buffer.from('HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200\r\n\r\n')],
  ] as const;

  test.each(answers)('%s: a greeting in the same packet is read', async (type, answer) => {
    const proxy = await startScriptedServer((peer) => peer.send(Buffer.concat([answer, Buffer.from(greeting)])));
    onTestFinished(() => proxy.close());
    await expect(greetingThrough(type, proxy.port)).resolves.toBe(greeting);
  });

  test.each(answers)('%s: an answer in packets of one byte is read', async (type, answer) => {
    const proxy = await startScriptedServer((peer) => peer.sendInPieces(Buffer.concat([answer, Buffer.from(greeting)]), 1));
    onTestFinished(() => proxy.close());
    await expect(greetingThrough(type, proxy.port)).resolves.toBe(greeting);
  });

  async function greetingThrough(type: Proxy['type'], port: number): Promise<string> {
    const proxy = { type, host: '127.0.0.1', port };
    const signal = new AbortController().signal;
    const socket = await connectTo({ host: inside, port: 110, proxy, timeoutMs: 5_000, isTls: false, signal });
    let read = '';
    for await (const chunk of socket) {
      read += String(chunk);
      if (read.endsWith('\n')) break;
    }
    return read;
  }

  test('the visit reads a greeting that came with the answer', async () => {
    const proxy = await startScriptedServer((peer) =>
      peer.send(Buffer.concat([socksAnswer, Buffer.from('-ERR too many connections\r\n')])),
    );
    onTestFinished(() => proxy.close());
    const settings = { address: inside, protection: 'off', proxyType: 'socks5', proxyAddress: `127.0.0.1:${proxy.port}` } as const;
    await expect(open({ ...settings, protocol: 'pop3' })).rejects.toMatchObject({ code: 'MAIL_TOO_MANY_CONNECTIONS' });
  });
});

type Script = (peer: ScriptedPeer) => Promise<void> | void;

describe('a proxy that', () => {
  const endless: Script = async (peer) => {
    peer.send('HTTP/1.1 200 OK\r\n');
    await peer.sendInPieces('X-Filler: yes\r\n'.repeat(100_000), 4_096);
  };
  const says =
    (...bytes: (string | number[])[]): Script =>
    (peer) => {
      for (const piece of bytes) peer.send(typeof piece === 'string' ? piece : Buffer.from(piece));
    };

  const cases: [string, Proxy['type'], Script, string][] = [
    ['says nothing', 'socks5', () => {}, 'MAIL_PROXY_TIMEOUT'],
    ['says nothing', 'http-connect', () => {}, 'MAIL_PROXY_TIMEOUT'],
    ['never ends its answer', 'socks5', says([5, 0], [5, 0, 0, 1, 0]), 'MAIL_PROXY_TIMEOUT'],
    ['never ends its answer', 'http-connect', says('HTTP/1.1 200 OK\r\n'), 'MAIL_PROXY_TIMEOUT'],
    ['hangs up', 'socks5', (peer) => peer.end(), 'MAIL_PROXY_LOST'],
    ['hangs up', 'http-connect', (peer) => peer.end(), 'MAIL_PROXY_LOST'],
    ['breaks off', 'socks5', (peer) => peer.reset(), 'MAIL_PROXY_LOST'],
    ['breaks off', 'http-connect', (peer) => peer.reset(), 'MAIL_PROXY_LOST'],
    ['speaks HTTP', 'socks5', says('HTTP/1.1 400 Bad Request\r\n\r\n'), 'MAIL_PROXY_PROTOCOL_ERROR'],
    ['is a mail server', 'http-connect', says('* OK ready\r\n'), 'MAIL_PROXY_PROTOCOL_ERROR'],
    ['speaks SOCKS5', 'http-connect', says([5, 0xff]), 'MAIL_PROXY_PROTOCOL_ERROR'],
    ['almost speaks HTTP', 'http-connect', says('HTTP/1.1 nonsense\r\n\r\n'), 'MAIL_PROXY_PROTOCOL_ERROR'],
    ['does not know CONNECT', 'http-connect', says('HTTP/1.1 501 Not Implemented\r\n\r\n'), 'MAIL_PROXY_PROTOCOL_ERROR'],
    ['never stops talking', 'http-connect', endless, 'MAIL_PROXY_PROTOCOL_ERROR'],
    ['wants a sign-in that was not offered', 'socks5', says([5, 2]), 'MAIL_PROXY_PROTOCOL_ERROR'],
    ['answers with another version', 'socks5', says([5, 0], [4, 0, 0, 1, 0, 0, 0, 0, 0, 0]), 'MAIL_PROXY_PROTOCOL_ERROR'],
    ['names an address of no known kind', 'socks5', says([5, 0], [5, 0, 0, 9]), 'MAIL_PROXY_PROTOCOL_ERROR'],
    ['has a rule against it', 'socks5', says([5, 0], [5, 2, 0, 1]), 'MAIL_PROXY_FORBIDS'],
    ['does not reach the host in time', 'http-connect', says('HTTP/1.1 504 Gateway Timeout\r\n\r\n'), 'MAIL_PROXY_TARGET_UNREACHABLE'],
    [
      'is tinyproxy and does not reach the host',
      'http-connect',
      says('HTTP/1.1 500 Unable to connect\r\n\r\n'),
      'MAIL_PROXY_TARGET_UNREACHABLE',
    ],
    ['is tinyproxy and knows another password', 'http-connect', says('HTTP/1.1 401 Unauthorized\r\n\r\n'), 'MAIL_PROXY_SIGN_IN_REFUSED'],
    [
      'takes Basic among others',
      'http-connect',
      says('HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM, Basic realm="x"\r\n\r\n'),
      'MAIL_PROXY_SIGN_IN_REFUSED',
    ],
    [
      'knows only other sign-ins',
      'http-connect',
      says('HTTP/1.1 407 Who?\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM realm="basic"\r\n\r\n'),
      'MAIL_PROXY_SIGN_IN_WANTED',
    ],
  ];

  test.each(cases)('%s (%s) fails within the deadline, by its own code, and leaves no socket open', async (_, type, script, code) => {
    const proxy = await startScriptedServer(script);
    onTestFinished(() => proxy.close());
    const settings = { address: `${inside}:993`, proxyType: type, proxyAddress: `127.0.0.1:${proxy.port}`, timeoutMs: 500 } as const;
    const proxyCredential = code.startsWith('MAIL_PROXY_SIGN_IN') ? 'proxy' : '';
    const begun = Date.now();
    for (const protocol of ['imap4', 'pop3'] as const) {
      const failure = await open({ ...settings, protocol, proxyCredential }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code, message: expect.stringContaining(`127.0.0.1:${proxy.port}`) });
      expect((failure as FlowError).remedy).not.toBe('');
    }
    expect(Date.now() - begun).toBeLessThan(5_000);
    await vi.waitFor(() => expect(proxy.open()).toBe(0));
  });

  test('drips its answer has one deadline for all of it', async () => {
    const proxy = await startScriptedServer((peer) => {
      peer.send('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => peer.send('X: y\r\n'), 100);
      onTestFinished(() => clearInterval(timer));
    });
    onTestFinished(() => proxy.close());
    const settings = {
      address: `${inside}:993`,
      proxyType: 'http-connect',
      proxyAddress: `127.0.0.1:${proxy.port}`,
      timeoutMs: 1_000,
    } as const;
    const begun = Date.now();
    await expect(open(settings)).rejects.toMatchObject({ code: 'MAIL_PROXY_TIMEOUT' });
    expect(Date.now() - begun).toBeLessThan(4_000);
    await vi.waitFor(() => expect(proxy.open()).toBe(0));
  });

  test('is not there is told apart from one whose name is unknown', async () => {
    const gone = await startScriptedServer(() => {});
    await gone.close();
    const settings = { address: `${inside}:993`, proxyType: 'socks5', timeoutMs: 20_000 } as const;
    await expect(open({ ...settings, proxyAddress: `127.0.0.1:${gone.port}` })).rejects.toMatchObject({ code: 'MAIL_PROXY_UNREACHABLE' });
    await expect(open({ ...settings, proxyAddress: 'no-such-proxy.invalid:1080' })).rejects.toMatchObject({ code: 'MAIL_PROXY_NOT_FOUND' });
  });

  test('makes us wait is left at once when the visit is ended', async () => {
    const proxy = await startScriptedServer(() => {});
    onTestFinished(() => proxy.close());
    const ending = new AbortController();
    const settings = { address: `${inside}:993`, proxyType: 'socks5', proxyAddress: `127.0.0.1:${proxy.port}`, timeoutMs: 60_000 } as const;
    const visit = open(settings, ending.signal);
    await vi.waitFor(() => expect(proxy.open()).toBe(1));
    ending.abort();
    await expect(visit).rejects.toMatchObject({ code: 'MAIL_CONNECTION_LOST', details: 'ended by Mailroom' });
    await vi.waitFor(() => expect(proxy.open()).toBe(0));
  });
});
