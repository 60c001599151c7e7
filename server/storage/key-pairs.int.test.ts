import { createPrivateKey, createPublicKey, randomBytes, X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ChangeEvent } from '../ports/engine.ts';
import type { KeyPairMaterial, KeyPairStore } from '../ports/security.ts';
import { makeCertificate, makePkcs12, type TestCertificate } from '../testing/openssl.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { openKeyPairs } from './key-pairs.ts';
import { sqlOn } from './sql.ts';

const keys = { current: randomBytes(32), others: [] };
let fixture: TestDatabase;
let keyPairs: KeyPairStore;
let published: ChangeEvent[];
let rsa: TestCertificate;
let ec: TestCertificate;

beforeAll(async () => {
  fixture = await testDatabase();
  rsa = await makeCertificate({ subject: '/CN=Ada', names: ['email:ada@example.com'], kind: 'rsa' });
  ec = await makeCertificate({ subject: '/CN=Bob' });
});
afterAll(() => fixture.close());
beforeEach(async () => {
  published = [];
  keyPairs = openKeyPairs({ database: fixture.database, keys, publish: (event) => published.push(event) });
  await sqlOn(fixture.database.pool).query('truncate key_pair');
});

const pem = ({ certificate, privateKey }: TestCertificate, passphrase = ''): KeyPairMaterial => ({
  kind: 'pem',
  certificate,
  privateKey,
  passphrase,
});
const deploy = (material: KeyPairMaterial, name = 'ada') => keyPairs.create({ name, description: '', material }, 'anna');
const encrypted = ({ privateKey }: TestCertificate, passphrase: string) =>
  String(createPrivateKey(privateKey).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }));
const reason = (material: KeyPairMaterial) =>
  deploy(material).then(
    () => 'deployed',
    (error: Error) => error.message,
  );

/** Whether the stored private key is that of the stored certificate, and which one it is. */
async function storedNames(): Promise<string[]> {
  return (await keyPairs.useAll()).map(({ name, certificate, privateKey }) => {
    const read = new X509Certificate(certificate);
    expect(read.checkPrivateKey(createPrivateKey(privateKey))).toBe(true);
    return `${name}: ${read.subject}`;
  });
}

test('a key pair is listed by its certificate, and used with its private key', async () => {
  const created = await deploy(pem(rsa));
  expect(created).toMatchObject({
    name: 'ada',
    deployedBy: 'anna',
    certificates: [{ subject: 'CN=Ada', names: ['ada@example.com'], key: 'RSA 2048 bit' }],
  });
  expect(await keyPairs.list()).toEqual([created]);
  expect(await storedNames()).toEqual(['ada: CN=Ada']);
  expect(published).toEqual([{ kind: 'credential', id: 'ada' }]);
});

test('the database holds no readable private key, and one row can not pass for another', async () => {
  await deploy(pem(rsa));
  await deploy(pem(ec), 'bob');
  const sql = sqlOn(fixture.database.pool);
  const rows = await sql.query<{ key: Buffer; all: string }>('select private_key as key, key_pair::text as all from key_pair');
  const secret = rsa.privateKey.split('\n')[5] ?? '';
  for (const { key, all } of rows) {
    expect(key.includes(Buffer.from('PRIVATE KEY'))).toBe(false);
    expect(all).not.toContain(secret);
  }
  await sql.query(`update key_pair set private_key = (select private_key from key_pair where name = 'ada') where name = 'bob'`);
  await expect(keyPairs.useAll()).rejects.toMatchObject({ code: 'MASTER_KEY_WRONG' });
});

test('the certificate of the key comes first, whatever the order in the file', async () => {
  const { certificates } = await deploy({ ...pem(rsa), certificate: ec.certificate + rsa.certificate } as KeyPairMaterial);
  expect(certificates.map(({ subject }) => subject)).toEqual(['CN=Ada', 'CN=Bob']);
  expect(await storedNames()).toEqual(['ada: CN=Ada']);
});

test('an encrypted private key is opened with its passphrase', async () => {
  const privateKey = encrypted(rsa, 'pump & valve');
  await deploy(pem({ ...rsa, privateKey }, 'pump & valve'));
  expect(await storedNames()).toEqual(['ada: CN=Ada']);
  expect(await reason(pem({ ...rsa, privateKey }, 'wrong'))).toContain('the passphrase is wrong');
  expect(await reason(pem({ ...rsa, privateKey }))).toContain('its passphrase is missing');
});

test('what does not belong together is refused with the reason', async () => {
  expect(await reason(pem({ ...rsa, privateKey: ec.privateKey }))).toContain('the private key belongs to another certificate');
  expect(await reason(pem({ ...rsa, privateKey: rsa.certificate }))).toContain('there is no "-----BEGIN PRIVATE KEY-----" in it');
  expect(await reason(pem({ ...rsa, privateKey: rsa.privateKey.replace(/\n.{20}/, '\n') }))).toContain('the private key is damaged');
  expect(await reason(pem({ ...rsa, certificate: 'none' }))).toContain('there is no "-----BEGIN CERTIFICATE-----" in it');
  expect(await reason(pem(await makeCertificate({ kind: 'ed25519' })))).toContain("of the kind ed25519 can't decrypt mails");
  expect(await keyPairs.list()).toEqual([]);
});

test('no refusal quotes the key or its passphrase', async () => {
  const broken = pem(
    { ...rsa, privateKey: `-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0\n-----END ENCRYPTED PRIVATE KEY-----` },
    'pump',
  );
  const error: unknown = await deploy(broken).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'KEY_PAIR_NOT_READABLE' });
  expect(String(error) + JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/c2VjcmV0|pump/);
});

test('a name is taken once; a change without material keeps the key; a deleted one is gone', async () => {
  await deploy(pem(rsa));
  await expect(deploy(pem(ec))).rejects.toMatchObject({ code: 'KEY_PAIR_EXISTS' });
  expect(await keyPairs.save('ada', { description: 'Old' }, 'berta')).toMatchObject({ description: 'Old', deployedBy: 'berta' });
  expect(await storedNames()).toEqual(['ada: CN=Ada']);
  await keyPairs.save('ada', { description: '', material: pem(ec) }, 'berta');
  expect(await storedNames()).toEqual(['ada: CN=Bob']);
  expect(await keyPairs.save('none', { description: '' }, 'berta')).toBeUndefined();
  expect(await keyPairs.remove('ada')).toBe(true);
  expect(await keyPairs.remove('ada')).toBe(false);
});

describe('a PKCS #12 file', () => {
  test.each([
    ['as OpenSSL 3 writes it', []],
    ['as Windows and older programs write it', ['-legacy']],
    ['with 100,000 rounds', ['-iter', '100000']],
  ])('%s is opened with its passphrase', async (_, more) => {
    const file = await makePkcs12(rsa, 'pümp & valve', { more });
    const { certificates } = await deploy({ kind: 'pkcs12', file, passphrase: 'pümp & valve' });
    expect(certificates[0]?.fingerprint256).toBe(new X509Certificate(rsa.certificate).fingerprint256);
    expect(await storedNames()).toEqual(['ada: CN=Ada']);
    expect(await reason({ kind: 'pkcs12', file, passphrase: 'valve' })).toContain('the passphrase is wrong, or the file is damaged');
  });

  test('may hold an elliptic curve key and a chain', async () => {
    const file = await makePkcs12(ec, 'valve', { chain: rsa.certificate });
    const { certificates } = await deploy({ kind: 'pkcs12', file, passphrase: 'valve' });
    expect(certificates.map(({ subject }) => subject)).toEqual(['CN=Bob', 'CN=Ada']);
    expect(await storedNames()).toEqual(['ada: CN=Bob']);
    const [stored] = await keyPairs.useAll();
    expect(createPublicKey(stored?.privateKey ?? '').equals(new X509Certificate(ec.certificate).publicKey)).toBe(true);
  });

  test('that is something else is refused', async () => {
    const file = Buffer.from('hello').toString('base64');
    expect(await reason({ kind: 'pkcs12', file, passphrase: '' })).toContain('it is no PKCS #12 file');
  });

  test('that takes for ever is given up, and does not hold the server up meanwhile', async () => {
    const file = await endlessPkcs12();
    const begun = performance.now();
    let ticks = 0;
    const ticking = setInterval(() => (ticks += 1), 50);
    expect(await reason({ kind: 'pkcs12', file, passphrase: 'valve' })).toContain('takes too much time');
    clearInterval(ticking);
    expect(performance.now() - begun).toBeLessThan(60_000);
    expect(ticks).toBeGreaterThan(50);
  }, 90_000);
});

/** Its MAC takes two billion rounds. */
async function endlessPkcs12(): Promise<string> {
  const outer = forge.asn1.fromDer(forge.util.decode64(await makePkcs12(rsa, 'valve')));
  const [, , mac] = outer.value as forge.asn1.Asn1[];
  const [, , rounds] = (mac?.value ?? []) as forge.asn1.Asn1[];
  if (!rounds) throw new Error('no count of rounds');
  rounds.value = forge.asn1.integerToDer(2 ** 31 - 1).getBytes();
  return forge.util.encode64(forge.asn1.toDer(outer).getBytes());
}
