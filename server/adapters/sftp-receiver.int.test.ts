import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { Server, utils } from 'ssh2';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { sftpReceiver, type SftpReceiverConfig } from '../../shared/catalog/sftp-receiver.ts';
import { sshPublicKeyOf } from '../storage/ssh-public-key.ts';
import { eventually } from '../testing/eventually.ts';
import { attachment, message, receiverContext } from '../testing/factories.ts';
import { makeCertificate, type TestCertificate } from '../testing/openssl.ts';
import { receiverContract } from '../testing/receiver-contract.ts';
import { secretsOf } from '../testing/secrets.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { startSshServer, type SshServer } from '../testing/ssh-server.ts';
import { sftpReceiverAdapter } from './sftp-receiver.ts';
import { scanHostKeys } from './ssh/scan.ts';

/** Against a real OpenSSH server. */

let server: SshServer;
let keys: Record<'rsa' | 'ec', TestCertificate>;
/** Below the server's directory, of one test. */
let directory: string;
let count = 0;

beforeAll(async () => {
  const [ssh, rsa, ec] = await Promise.all([startSshServer(), makeCertificate({ kind: 'rsa' }), makeCertificate({ kind: 'ec' })]);
  server = ssh;
  keys = { rsa, ec };
  for (const key of [rsa, ec]) await server.authorize(sshPublicKeyOf(key.certificate, 'test'));
});
afterAll(() => server.stop());
beforeEach(() => {
  count += 1;
  directory = `test-${count}`;
});

const config = (overrides: Partial<SftpReceiverConfig> = {}): SftpReceiverConfig => ({
  ...sftpReceiver.config.parse({
    address: server.address,
    knownHosts: 'hosts',
    authentication: 'public-key',
    user: server.user,
    privateKeyAlias: 'rsa',
    directory,
    content: 'body',
  }),
  ...overrides,
});
const secrets = (knownHosts = server.knownHosts) =>
  secretsOf({
    knownHosts: async () => knownHosts,
    useKeyPair: async (name) => ({ name, ...keys[name === 'ec' ? 'ec' : 'rsa'] }),
  });
const context = (overrides: Parameters<typeof receiverContext>[1] = {}) =>
  receiverContext('/nowhere', { secrets: secrets(), ...overrides });
const failure = async (overrides: Partial<SftpReceiverConfig> = {}, surroundings = context()): Promise<unknown> =>
  sftpReceiverAdapter.deliver(message(), config(overrides), surroundings).then(
    () => 'delivered',
    (error: unknown) => error,
  );
const files = async (below = directory): Promise<string[]> =>
  (await readdir(path.join(server.directory, below), { recursive: true }).catch((): string[] => [])).toSorted((a, b) => (a < b ? -1 : 1));
const textOf = async (name: string) => readFile(path.join(server.directory, directory, name), 'utf8');

receiverContract(sftpReceiver, sftpReceiverAdapter, {
  config: () => config(),
  context,
  delivered: async () => Promise.all((await files()).map(textOf)),
  failing: () => ({ config: config({ address: '127.0.0.1:1' }), context: context() }),
});

describe('SFTP receiver', () => {
  test.each(['rsa', 'ec'])('a key pair of kind %s signs in', async (privateKeyAlias) => {
    const delivery = await sftpReceiverAdapter.deliver(message(), config({ privateKeyAlias }), context());
    expect(delivery.summary).toMatch(/^wrote test-\d+\/[\w-]+\.txt in \d+ ms$/);
    expect(await files()).toHaveLength(1);
  });

  test('the whole mail arrives byte by byte, however large', async () => {
    const bytes = Buffer.alloc(3_000_000, 'a line of a mail\r\n');
    const raw = {
      sizeBytes: bytes.length,
      async *open() {
        for (let at = 0; at < bytes.length; at += 100_001) yield bytes.subarray(at, at + 100_001);
      },
    };
    await sftpReceiverAdapter.deliver(message(), config({ content: 'mime' }), context({ raw }));
    const [file] = await files();
    expect(file).toMatch(/\.eml$/);
    expect((await readFile(path.join(server.directory, directory, file ?? ''))).equals(bytes)).toBe(true);
  });

  test('attachments come into a directory of their own, complete or not at all', async () => {
    const attachments = [attachment({ name: 'a.pdf' }), attachment({ index: 1, name: 'a.pdf' })];
    const once = context();
    await sftpReceiverAdapter.deliver(message({ attachments }), config({ content: 'attachments', fileName: 'order' }), once);
    const found = await files();
    expect(found).toEqual([
      expect.stringMatching(/^order-[0-9a-f]{16}$/),
      expect.stringMatching(/\/a-2\.pdf$/),
      expect.stringMatching(/\/a\.pdf$/),
    ]);
    await sftpReceiverAdapter.deliver(message({ attachments }), config({ content: 'attachments', fileName: 'order' }), once);
    expect(await files()).toEqual(found);
    const nothing = await sftpReceiverAdapter.deliver(message(), config({ content: 'attachments' }), context());
    expect(nothing.summary).toBe('no attachments, nothing written');
  });

  test('a name from a mail leads nowhere else and hides no file', async () => {
    const headers = { subject: '../../etc/passwd\u202Egpj' };
    const hostile = { directory: `${directory}/\${header.subject}`, fileName: '.${header.subject}' };
    await sftpReceiverAdapter.deliver(message({ headers }), config(hostile), context());
    expect(await files()).toEqual([
      '_.._etc_passwd_gpj',
      expect.stringMatching(/^_\.\._etc_passwd_gpj\/_\.\._etc_passwd_gpj-[0-9a-f]{16}\.txt$/),
    ]);
    await expect(failure({ directory: 'a/../../b' })).resolves.toMatchObject({ code: 'FILE_NAME_NOT_ALLOWED' });
  });

  test('a file that has the name is kept or replaced, as the receiver says', async () => {
    const named = { fileName: 'order' };
    await sftpReceiverAdapter.deliver(message({ body: { contentType: 'text/plain', text: 'one' } }), config(named), context());
    await sftpReceiverAdapter.deliver(
      message({ body: { contentType: 'text/plain', text: 'two' } }),
      config(named),
      context({ idempotencyKey: 'another' }),
    );
    expect(await files()).toHaveLength(2);
    for (const text of ['three', 'four'])
      await sftpReceiverAdapter.deliver(
        message({ body: { contentType: 'text/plain', text } }),
        config({ ...named, existing: 'replace' }),
        context({ idempotencyKey: text }),
      );
    expect(await textOf('order.txt')).toBe('four');
    expect(await files()).toHaveLength(3);
  });

  test('a directory that is missing is made, or said to be missing', async () => {
    await expect(failure({ directory: `${directory}/a/b`, createDirectories: false })).resolves.toMatchObject({
      code: 'SFTP_DIRECTORY_MISSING',
      retryable: false,
    });
    await expect(failure({ directory: `${directory}/a/b` })).resolves.toBe('delivered');
    await writeFile(path.join(server.directory, directory, 'file'), '');
    await expect(failure({ directory: `${directory}/file/b` })).resolves.toMatchObject({ code: 'SFTP_DIRECTORY_MISSING' });
  });

  test('a connection cut in the middle of a file leaves none under its name, and the next try the whole', async () => {
    const whole = context({ raw: endless(async () => server.cutConnections()), idempotencyKey: 'cut' });
    await expect(failure({ content: 'mime' }, whole)).resolves.toMatchObject({ code: 'SSH_CONNECTION_LOST', retryable: true });
    expect((await files()).filter((name) => !name.startsWith('.'))).toEqual([]);
    await sftpReceiverAdapter.deliver(message(), config({ content: 'mime' }), context({ idempotencyKey: 'cut' }));
    expect(await files()).toEqual([expect.stringMatching(/\.eml$/)]);
  });

  test('a mail that can not be read is told as such', async () => {
    const error = new Error('the blob is gone');
    const raw = endless(async () => {
      throw error;
    });
    await expect(failure({ content: 'mime' }, context({ raw }))).resolves.toBe(error);
  });

  test('an abort ends it in the middle', async () => {
    const stopped = new AbortController();
    const reason = new Error('stopped by the test');
    const raw = endless(async () => stopped.abort(reason));
    await expect(failure({ content: 'mime' }, context({ raw, signal: stopped.signal }))).resolves.toBe(reason);
  });
});

/** A mail that goes on and on; `then` is done after some of it. */
function endless(then: () => Promise<void>) {
  return {
    sizeBytes: 1_000_000_000,
    async *open() {
      for (let piece = 0; ; piece += 1) {
        if (piece === 20) await then();
        yield Buffer.alloc(32 * 1024, 'a');
      }
    },
  };
}

describe('the key of the server', () => {
  const other = 'AAAAC3NzaC1lZDI1NTE5AAAAILN3c8y7zT1zqk2nM3o9W2WQh1b6m0XlFq7v0g3o0m1B';

  test('is unknown: nobody signs in, and its fingerprint is told', async () => {
    const before = server.log().length;
    const elsewhere = server.knownHosts.replaceAll(String(server.port), '2');
    await expect(failure({}, context({ secrets: secrets(elsewhere) }))).resolves.toMatchObject({
      code: 'SSH_HOST_KEY_UNKNOWN',
      retryable: false,
      message: expect.stringMatching(/type ssh-ed25519 with the fingerprint SHA256:[\w+/]{43}\.$/),
      details: expect.stringContaining(`[127.0.0.1]:${server.port} ssh-ed25519 AAAA`),
    });
    expect(server.log().slice(before)).not.toMatch(/Accepted|userauth/);
  });

  test('is another: that is said, and nobody signs in', async () => {
    const changed = `[127.0.0.1]:${server.port} ssh-ed25519 ${other}\n`;
    const before = server.log().length;
    await expect(failure({}, context({ secrets: secrets(changed) }))).resolves.toMatchObject({ code: 'SSH_HOST_KEY_CHANGED' });
    expect(server.log().slice(before)).not.toContain('Accepted');
  });

  test('is revoked', async () => {
    const revoked = server.knownHosts + server.knownHosts.replaceAll(/^/gm, '@revoked ').replace(/@revoked $/, '');
    await expect(failure({}, context({ secrets: secrets(revoked) }))).resolves.toMatchObject({ code: 'SSH_HOST_KEY_REVOKED' });
  });

  test.each(['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ssh-rsa'])('is asked for as %s where that is what is known', async (type) => {
    const line = server.knownHosts.split('\n').find((text) => text.includes(` ${type} `)) ?? '';
    await expect(failure({}, context({ secrets: secrets(line) }))).resolves.toBe('delivered');
  });
});

test('names that are hashed are found, as ssh-keygen hashes them', async () => {
  const folder = await temporaryDirectory();
  const file = path.join(folder, 'known_hosts');
  await writeFile(file, server.knownHosts);
  await promisify(execFile)('ssh-keygen', ['-H', '-f', file]);
  const hashed = await readFile(file, 'utf8');
  expect(hashed).not.toContain('127.0.0.1');
  await expect(failure({}, context({ secrets: secrets(hashed) }))).resolves.toBe('delivered');
});

/** Until the test ends; with what makes its key known. */
async function listening(other: Server, privateKey: string): Promise<{ address: string; knownHosts: string }> {
  await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    other.close();
  });
  const { port } = other.address() as AddressInfo;
  const key = utils.parseKey(privateKey);
  if (key instanceof Error) throw key;
  const knownHosts = `[127.0.0.1]:${port} ssh-ed25519 ${key.getPublicSSH().toString('base64')}`;
  return { address: `127.0.0.1:${port}`, knownHosts };
}

describe('a server of another make', () => {
  type Way = 'password' | 'keyboard-interactive' | 'code' | 'turns away';

  /** Takes a password, asks for it as of a person, asks for a code besides, or hangs up on a wrong one. */
  async function start(way: Way): Promise<{ address: string; knownHosts: string; tried: string[] }> {
    const { private: privateKey } = utils.generateKeyPairSync('ed25519');
    const tried: string[] = [];
    const asked = way === 'code' ? 'Verification code:' : 'Password:';
    const other = new Server({ hostKeys: [privateKey] }, (client) => {
      client.on('error', () => undefined);
      client.on('authentication', (attempt) => {
        const method = way === 'code' || way === 'keyboard-interactive' ? 'keyboard-interactive' : 'password';
        if (attempt.method === 'none') return attempt.reject([method]);
        tried.push(attempt.method);
        if (attempt.method === 'keyboard-interactive')
          return attempt.prompt([{ prompt: asked, echo: way === 'code' }], ([answer]) => {
            tried.push(String(answer));
            if (answer === 'pump & valve') attempt.accept();
            else attempt.reject();
          });
        if (attempt.method === 'password' && attempt.password === 'pump & valve') return attempt.accept();
        return way === 'turns away' ? client.end() : attempt.reject();
      });
    });
    return { ...(await listening(other, privateKey)), tried };
  }

  const given = (knownHosts: string, password: string) =>
    secretsOf({ knownHosts: async () => knownHosts, useCredential: async (name) => ({ name, user: 'anna', password }) });
  const signIn = (address: string) => ({ address, authentication: 'password' as const, credential: 'anna', timeoutMs: 1_000 });

  test.each(['password', 'keyboard-interactive'] as const)(
    'that wants the password by %s gets it, and a wrong one once only',
    async (way) => {
      const other = await start(way);
      // It has no files: what comes after the sign-in fails.
      await expect(
        failure(signIn(other.address), context({ secrets: given(other.knownHosts, 'pump & valve') })),
      ).resolves.not.toMatchObject({
        code: 'SSH_SIGN_IN_REFUSED',
      });
      other.tried.length = 0;
      await expect(failure(signIn(other.address), context({ secrets: given(other.knownHosts, 'wrong') }))).resolves.toMatchObject({
        code: 'SSH_SIGN_IN_REFUSED',
        message: `${other.address} refused the sign-in of anna.`,
      });
      expect(other.tried.filter((method) => method === way)).toHaveLength(1);
    },
  );

  test('that asks for a code is not told the password', async () => {
    const other = await start('code');
    const error = failure(signIn(other.address), context({ secrets: given(other.knownHosts, 'pump & valve') }));
    await expect(error).resolves.toMatchObject({ code: 'SSH_SIGN_IN_REFUSED' });
    expect(other.tried).toEqual(['keyboard-interactive']);
  });

  test('that is not known gets no password', async () => {
    const other = await start('password');
    const error = failure(signIn(other.address), context({ secrets: given(server.knownHosts, 'pump & valve') }));
    await expect(error).resolves.toMatchObject({ code: 'SSH_HOST_KEY_UNKNOWN' });
    expect(other.tried).toEqual([]);
  });

  test('that has a key of one type shows it', async () => {
    const other = await start('password');
    const { host, port } = { host: '127.0.0.1', port: Number(other.address.split(':')[1]) };
    const keys = await scanHostKeys({ host, port, timeoutMs: 5_000 }, new AbortController().signal);
    expect(keys.map(({ type }) => type)).toEqual(['ssh-ed25519']);
  });

  test('that says nothing is left after the timeout', async () => {
    const mute = createServer();
    await new Promise<void>((resolve) => void mute.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      mute.close();
    });
    const address = `127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const error = failure(signIn(address), context({ secrets: given(server.knownHosts, 'pump & valve') }));
    await expect(error).resolves.toMatchObject({ code: 'SSH_TIMEOUT', retryable: true });
  });

  test('that does not hang up after the goodbye is left all the same', async () => {
    const open = new Set<Socket>();
    // Passes everything on but the end of the connection.
    const between = createServer({ allowHalfOpen: true }, (from) => {
      const to = connect({ host: '127.0.0.1', port: server.port, allowHalfOpen: true });
      open.add(from);
      from.on('data', (data) => to.write(data)).on('close', () => open.delete(from));
      to.on('data', (data) => from.write(data));
      for (const one of [from, to]) one.on('error', () => undefined);
      onTestFinished(() => {
        to.destroy();
      });
    });
    await new Promise<void>((resolve) => void between.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      between.close();
    });
    const { port } = between.address() as AddressInfo;
    const known = secrets(server.knownHosts.replaceAll(String(server.port), String(port)));
    await expect(failure({ address: `127.0.0.1:${port}` }, context({ secrets: known }))).resolves.toBe('delivered');
    const isLeft = () => {
      // Where nobody is any more, this is refused.
      for (const one of open) one.write('hello?');
      return open.size === 0;
    };
    await eventually(isLeft, { what: 'the end of the connection' });
  });
});

test.each([
  [14, 'SSH_SIGN_IN_REFUSED'],
  [11, 'SSH_CONNECTION_LOST'],
])('a server that says goodbye with %s in answer to the sign-in: %s', async (reason, code) => {
  const { private: privateKey } = utils.generateKeyPairSync('ed25519');
  const other = new Server({ hostKeys: [privateKey] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (attempt) => {
      if (attempt.method === 'none') attempt.reject(['password']);
      // What the library itself calls to say goodbye.
      // oxlint-disable-next-line no-underscore-dangle -- the library's name
      else (client as unknown as { _protocol: { disconnect(reason: number): void } })._protocol.disconnect(reason);
    });
  });
  const { address, knownHosts } = await listening(other, privateKey);
  const given = secretsOf({
    knownHosts: async () => knownHosts,
    useCredential: async (name) => ({ name, user: 'anna', password: 'wrong' }),
  });
  const error = failure({ address, authentication: 'password', credential: 'anna' }, context({ secrets: given }));
  await expect(error).resolves.toMatchObject({ code });
});

test.each(['secp256k1', 'brainpoolP256r1'])('a key on the curve %s, which SSH does not use, is said to be one', async (curve) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: curve });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const given = secretsOf({
    knownHosts: async () => server.knownHosts,
    useKeyPair: async (name) => ({ name, certificate: '', privateKey: pem }),
  });
  await expect(failure({}, context({ secrets: given }))).resolves.toMatchObject({ code: 'KEY_PAIR_NOT_FOR_SSH', retryable: false });
});

test('the keys of a server are shown without signing in', async () => {
  const before = server.log().length;
  const keys = await scanHostKeys({ host: '127.0.0.1', port: server.port, timeoutMs: 5_000 }, new AbortController().signal);
  expect(keys.map(({ type }) => type)).toEqual(['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ssh-rsa']);
  for (const { type, key, fingerprint } of keys) {
    expect(server.knownHosts).toContain(`${type} ${key}`);
    expect(fingerprint).toMatch(/^SHA256:/);
  }
  expect(server.log().slice(before)).not.toContain('Accepted');
  await expect(scanHostKeys({ host: '127.0.0.1', port: 1, timeoutMs: 5_000 }, new AbortController().signal)).rejects.toMatchObject({
    code: 'SSH_UNREACHABLE',
  });
});

test('a key that the server does not know is a sign-in that is refused', async () => {
  const stranger = await makeCertificate({ kind: 'rsa' });
  const given = secretsOf({ knownHosts: async () => server.knownHosts, useKeyPair: async (name) => ({ name, ...stranger }) });
  await expect(failure({}, context({ secrets: given }))).resolves.toMatchObject({ code: 'SSH_SIGN_IN_REFUSED', retryable: false });
});

test('it is tried out up to its directory, and writes nothing', async () => {
  const tryOut = async (overrides: Partial<SftpReceiverConfig> = {}) =>
    sftpReceiverAdapter.tryOut?.(config(overrides), { secrets: secrets(), signal: new AbortController().signal });
  await expect(tryOut()).resolves.toBe(`Signed in; ${directory} will be made.`);
  await expect(tryOut({ createDirectories: false })).rejects.toMatchObject({ code: 'SFTP_DIRECTORY_MISSING' });
  await sftpReceiverAdapter.deliver(message(), config(), context());
  await expect(tryOut()).resolves.toBe(`Signed in; ${directory} is there.`);
  expect(await files()).toHaveLength(1);
});
