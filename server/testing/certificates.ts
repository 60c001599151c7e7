import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Certificates made by OpenSSL, for servers that tests start. */

/** PEM both; `cert` is what a server shows, its own certificate first. */
export interface Issued {
  key: string;
  cert: string;
}

export interface IssueOptions {
  /** Host names and addresses; default: localhost and 127.0.0.1. */
  names?: string[];
  /** Until it ends; negative: it has ended. Default 60. */
  days?: number;
}

export interface Authority {
  /** Its own certificate. */
  cert: string;
  issue(options?: IssueOptions): Promise<Issued>;
  /** An authority below this one. */
  delegate(name: string): Promise<Authority>;
}

export interface CertificateMaker {
  authority(name: string): Promise<Authority>;
  /** A certificate that vouches for itself. */
  selfSigned(options?: IssueOptions): Promise<Issued>;
  clear(): Promise<void>;
}

const run = promisify(execFile);
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export async function certificateMaker(): Promise<CertificateMaker> {
  const directory = await mkdtemp(join(tmpdir(), 'mailroom-certificates-'));
  const path = (name: string) => join(directory, name);

  /** @param signer arguments that name who signs */
  async function sign(subject: string, extensions: string, days: number, signer: (id: string) => string[]) {
    const id = randomUUID();
    await run('openssl', ['req', ...newKey, '-keyout', path(`${id}.key`), '-out', path(`${id}.csr`), '-subj', subject]);
    await writeFile(path(`${id}.ext`), extensions);
    const request = ['-req', '-in', path(`${id}.csr`), '-extfile', path(`${id}.ext`), '-days', String(days)];
    await run('openssl', ['x509', ...request, '-out', path(`${id}.pem`), ...signer(id)]);
    const [key, cert] = await Promise.all([readFile(path(`${id}.key`), 'utf8'), readFile(path(`${id}.pem`), 'utf8')]);
    return { id, key, cert };
  }

  const bySelf = (id: string) => ['-signkey', path(`${id}.key`)];
  const by = (issuer: string) => () => ['-CA', path(`${issuer}.pem`), '-CAkey', path(`${issuer}.key`), '-CAcreateserial'];

  function authorityFrom({ id, cert }: { id: string; cert: string }): Authority {
    return {
      cert,
      issue: ({ names = ['localhost', '127.0.0.1'], days = 60 } = {}) => sign('/O=Test/CN=mail', forNames(names), days, by(id)),
      delegate: async (name) => authorityFrom(await sign(`/CN=${name}`, forAuthority, 90, by(id))),
    };
  }

  return {
    authority: async (name) => authorityFrom(await sign(`/CN=${name}`, forAuthority, 90, bySelf)),
    selfSigned: ({ names = ['localhost', '127.0.0.1'], days = 60 } = {}) => sign('/O=Test/CN=mail', forNames(names), days, bySelf),
    clear: () => rm(directory, { recursive: true, force: true }),
  };
}

/**
 * Gives a server a certificate of an authority of its own: `server.pem` and `server.key` in its directory, and `ca.pem`.
 *
 * @returns the authority as PEM, and its file
 */
export async function certifyServer(directory: string, names?: string[]): Promise<{ ca: string; caFile: string }> {
  const maker = await certificateMaker();
  try {
    const authority = await maker.authority('Mailroom test CA');
    const { key, cert } = await authority.issue(names ? { names } : {});
    const caFile = join(directory, 'ca.pem');
    await Promise.all([
      writeFile(caFile, authority.cert),
      writeFile(join(directory, 'server.pem'), cert),
      writeFile(join(directory, 'server.key'), key),
    ]);
    return { ca: authority.cert, caFile };
  } finally {
    await maker.clear();
  }
}

const forAuthority = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n';

function forNames(names: string[]): string {
  return `subjectAltName=${names.map((name) => (isIP(name) ? `IP:${name}` : `DNS:${name}`)).join(',')}\n`;
}
