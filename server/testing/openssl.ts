import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** Certificates and keys for tests, made by openssl. */

const run = promisify(execFile);

export interface TestCertificate {
  certificate: string;
  /** PKCS #8, not encrypted. */
  privateKey: string;
}

export interface CertificateWishes {
  subject?: string;
  /** As openssl writes them: `DNS:mail.example.com`, `email:ada@example.com`. */
  names?: string[];
  kind?: 'rsa' | 'ec' | 'brainpool' | 'ed25519';
  days?: number;
}

const newKey = {
  rsa: ['rsa:2048'],
  ec: ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
  brainpool: ['ec', '-pkeyopt', 'ec_paramgen_curve:brainpoolP256r1'],
  ed25519: ['ed25519'],
};

/** A self-signed one. */
export async function makeCertificate(wishes: CertificateWishes = {}): Promise<TestCertificate> {
  const { subject = '/CN=mail.example.com/O=Example', names = ['DNS:mail.example.com'], kind = 'ec', days = 30 } = wishes;
  return withDirectory(async (file) => {
    const extension = names.length === 0 ? [] : ['-addext', `subjectAltName=${names.join(',')}`];
    const key = ['-newkey', ...newKey[kind], '-nodes', '-keyout', file('key.pem')];
    await run('openssl', ['req', '-x509', ...key, '-out', file('cert.pem'), '-days', String(days), '-subj', subject, ...extension]);
    return { certificate: await readFile(file('cert.pem'), 'utf8'), privateKey: await readFile(file('key.pem'), 'utf8') };
  });
}

/** A PKCS #12 file, base64. `more`: arguments of `openssl pkcs12 -export`, such as `-legacy`. */
export async function makePkcs12(
  { certificate, privateKey }: TestCertificate,
  passphrase: string,
  { more = [], chain = '' }: { more?: string[]; chain?: string } = {},
): Promise<string> {
  return withDirectory(async (file) => {
    await writeFile(file('all.pem'), `${privateKey}\n${certificate}\n${chain}`);
    const out = ['-out', file('pair.p12'), '-passout', `pass:${passphrase}`];
    await run('openssl', ['pkcs12', '-export', '-in', file('all.pem'), ...out, ...more]);
    return (await readFile(file('pair.p12'))).toString('base64');
  });
}

async function withDirectory<T>(work: (file: (name: string) => string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(path.join(tmpdir(), 'mailroom-certificates-'));
  try {
    return await work((name) => path.join(directory, name));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
