import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export interface Certificate {
  key: string;
  cert: string;
}

/** Certificates of all kinds, as PEM. */
export interface TestCertificates {
  /** The authority that issued them. */
  ca: string;
  good: Certificate;
  forAnotherHost: Certificate;
  expired: Certificate;
  /** By no authority. */
  selfSigned: Certificate;
}

/** @param names subject alternative names, as OpenSSL writes them: `DNS:localhost,IP:127.0.0.1` */
export async function makeTestCertificates(names: string): Promise<TestCertificates> {
  const directory = await mkdtemp(join(tmpdir(), 'mailroom-certificates-'));
  const file = (name: string) => join(directory, name);
  const read = async (key: string, cert: string) => ({ key: await readFile(file(key), 'utf8'), cert: await readFile(file(cert), 'utf8') });
  const selfSign = async (name: string, ...extensions: string[]) => {
    const out = ['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`), '-days', '2'];
    await run('openssl', ['req', '-x509', ...newKey, '-subj', `/CN=${name}`, ...extensions, ...out]);
    return await read(`${name}.key`, `${name}.pem`);
  };
  const issue = async (name: string, alternatives: string, days: number) => {
    await run('openssl', ['req', ...newKey, '-subj', '/CN=mail', '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`)]);
    await writeFile(file(`${name}.ext`), `subjectAltName=${alternatives}\n`);
    const request = ['-req', '-in', file(`${name}.csr`), '-CA', file('authority.pem'), '-CAkey', file('authority.key')];
    await run('openssl', ['x509', ...request, '-extfile', file(`${name}.ext`), '-out', file(`${name}.pem`), '-days', String(days)]);
    return await read(`${name}.key`, `${name}.pem`);
  };
  try {
    const { cert: ca } = await selfSign('authority');
    return {
      ca,
      good: await issue('good', names, 2),
      forAnotherHost: await issue('another', 'DNS:mail.example.com', 2),
      expired: await issue('expired', names, -1),
      selfSigned: await selfSign('self', '-addext', `subjectAltName=${names}`),
    };
  } finally {
    await rm(directory, { recursive: true });
  }
}
