import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Logger } from '../ports/common.ts';
import { makeCertificate, makePkcs12, type TestCertificate } from '../testing/openssl.ts';
import type { HttpClient } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/http-server.ts';

/** Certificates and key pairs through the API. */

const written: string[] = [];
const write = (facts: object, text: string) => void written.push(`${text} ${JSON.stringify(facts)}`);
const log: Logger = { debug: write, info: write, warn: write, error: write };

let server: TestServer;
let program: HttpClient;
let rsa: TestCertificate;

beforeAll(async () => {
  server = await startTestServer({ log });
  program = await server.program();
  rsa = await makeCertificate({ kind: 'rsa' });
});
afterAll(() => server.close());

it('trusts a certificate, and writes down who did so and when', async () => {
  const body = { name: 'mail-server', description: 'Shown by the connection test', pem: rsa.certificate };
  const created = await program.call('createCertificate', { body });
  expect(created).toMatchObject({ name: 'mail-server', deployedBy: 'token test', usedBy: [] });
  const fingerprint = created.certificates[0]?.fingerprint256 ?? '';
  expect(fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  expect(written.find((line) => line.startsWith('A certificate is trusted'))).toMatch(
    new RegExp(`mail-server.*${fingerprint}.*token test`),
  );
  expect((await program.call('listCertificates')).items).toEqual([created]);

  const changed = await program.call('saveCertificate', { params: { name: 'mail-server' }, body: { description: 'Ours' } });
  expect(changed).toMatchObject({ description: 'Ours', certificates: created.certificates });
  await program.call('deleteCertificate', { params: { name: 'mail-server' } });
  await expect(program.call('deleteCertificate', { params: { name: 'mail-server' } })).rejects.toMatchObject({ status: 404 });
});

it('says what is wrong with a certificate or key pair', async () => {
  const wrong = program.call('createCertificate', { body: { name: 'x', pem: 'hello' } });
  await expect(wrong).rejects.toMatchObject({ status: 422, answer: { code: 'CERTIFICATE_NOT_READABLE' } });
  const huge = program.call('createCertificate', { body: { name: 'x', pem: 'x'.repeat(200_001) } });
  await expect(huge).rejects.toMatchObject({ answer: { problems: [{ path: 'pem' }] } });
  const named = program.call('createCertificate', { body: { name: 'with a space', pem: rsa.certificate } });
  await expect(named).rejects.toMatchObject({ answer: { problems: [{ path: 'name' }] } });
  const other = await makeCertificate();
  const material = { kind: 'pem' as const, certificate: rsa.certificate, privateKey: other.privateKey };
  await expect(program.call('createKeyPair', { body: { name: 'x', material } })).rejects.toMatchObject({
    status: 422,
    answer: { code: 'KEY_PAIR_NOT_READABLE' },
  });
});

it('lists a key pair of a kind that SSH does not use like any other', async () => {
  const { certificate, privateKey } = await makeCertificate({ kind: 'brainpool' });
  const material = { kind: 'pem' as const, certificate, privateKey, passphrase: '' };
  expect(await program.call('createKeyPair', { body: { name: 'brainpool', material } })).toMatchObject({ sshPublicKey: '' });
  expect((await program.call('listKeyPairs')).items.map(({ name }) => name)).toContain('brainpool');
  await program.call('deleteKeyPair', { params: { name: 'brainpool' } });
});

it('takes private keys and passphrases in and never hands them out, nor logs them', async () => {
  const material = { kind: 'pem' as const, certificate: rsa.certificate, privateKey: rsa.privateKey };
  const created = await program.call('createKeyPair', { body: { name: 'smime', material } });
  expect(created).toMatchObject({ name: 'smime', certificates: [{ key: 'RSA 2048 bit' }] });
  const file = await makePkcs12(rsa, 'pump & valve');
  const pkcs12 = { kind: 'pkcs12' as const, file, passphrase: 'pump & valve' };
  await program.call('saveKeyPair', { params: { name: 'smime' }, body: { description: '', material: pkcs12 } });
  const refused = await program.send('PUT', '/key-pairs/smime', { description: '', material: { ...pkcs12, passphrase: 'valve & pump' } });
  const broken = await program.send('PUT', '/key-pairs/smime', { description: 1, material: pkcs12 });

  const everything = JSON.stringify([await program.call('listKeyPairs'), await refused.text(), await broken.text(), written]);
  expect(refused.status).toBe(422);
  expect(everything).toContain('smime');
  // The first lines hold the modulus, which is in the public key too.
  const secrets = [
    ...rsa.privateKey
      .split('\n')
      .slice(9)
      .filter((line) => line.length > 40),
    file.slice(40, 80),
    'pump & valve',
    'valve & pump',
  ];
  for (const secret of secrets) expect(everything).not.toContain(secret);
});
