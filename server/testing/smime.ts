import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { KeyPair } from '../ports/secrets.ts';

const run = promisify(execFile);
const maxOutputBytes = 256 * 1024 * 1024;

/** Certificates and protected mails, made by the program openssl in a temporary directory. */
export interface SmimeWorkshop {
  /** The certificate that issues the others, as PEM. */
  authority: KeyPair;
  /** A person's certificate, issued by `issuer` or the authority. */
  issue: (name: string, options?: IssueOptions) => Promise<KeyPair>;
  /** @param more arguments of `openssl cms -sign`, such as `-nodetach` */
  sign: (entity: string | Buffer, signer: KeyPair, ...more: string[]) => Promise<Buffer>;
  /** @param more arguments of `openssl cms -encrypt`, such as `-aes256` */
  encrypt: (entity: string | Buffer, recipient: KeyPair, ...more: string[]) => Promise<Buffer>;
  /** Where further files may be written. */
  file: (name: string, content: string | Buffer) => Promise<string>;
  /** Arguments in groups. */
  openssl: (...args: string[][]) => Promise<Buffer>;
  remove: () => Promise<void>;
}

export interface IssueOptions {
  email?: string;
  issuer?: KeyPair;
  /** For `openssl genpkey`; default RSA of 2048 bits. */
  key?: string[];
  /** Lines of an extension file, beside subjectAltName. */
  extensions?: string[];
  /** For `openssl x509 -req`, such as `-days`, `-2`. */
  arguments?: string[];
  serial?: number;
}

export async function openSmimeWorkshop(): Promise<SmimeWorkshop> {
  const directory = await mkdtemp(join(tmpdir(), 'mailroom-smime-'));
  let files = 0;
  const file = async (name: string, content: string | Buffer) => {
    files += 1;
    const path = join(directory, `${files}-${name}`);
    await writeFile(path, content);
    return path;
  };
  const openssl = async (...args: string[][]) => {
    const { stdout } = await run('openssl', args.flat(), { encoding: 'buffer', maxBuffer: maxOutputBytes });
    return stdout;
  };
  const rsa = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];
  const newKey = async (key = rsa) => (await openssl(['genpkey', ...key])).toString();

  const authorityKey = await newKey();
  const authority: KeyPair = {
    name: 'authority',
    privateKey: authorityKey,
    certificate: (
      await openssl(
        ['req', '-x509', '-new', '-key', await file('ca.key', authorityKey)],
        ['-subj', '/CN=Mailroom test authority', '-days', '20'],
      )
    ).toString(),
  };

  const issue = async (name: string, options: IssueOptions = {}): Promise<KeyPair> => {
    const issuer = options.issuer ?? authority;
    const privateKey = await newKey(options.key);
    const request = await openssl(['req', '-new', '-key', await file('key', privateKey), '-subj', `/O=Mailroom/CN=${name}`]);
    const extensions = [...(options.email === undefined ? [] : [`subjectAltName=email:${options.email}`]), ...(options.extensions ?? [])];
    const certificate = await openssl(
      ['x509', '-req', '-in', await file('csr', request), '-CA', await file('ca.pem', issuer.certificate)],
      ['-CAkey', await file('ca.key', issuer.privateKey), '-set_serial', String(options.serial ?? 1_000 + files)],
      ['-extfile', await file('ext', `${extensions.join('\n')}\n`)],
      options.arguments ?? ['-days', '10'],
    );
    return { name, privateKey, certificate: certificate.toString() };
  };

  return {
    authority,
    issue,
    file,
    openssl,
    sign: async (entity, { certificate, privateKey }, ...more) =>
      openssl(
        ['cms', '-sign', '-in', await file('entity', entity), '-signer', await file('cert', certificate)],
        ['-inkey', await file('key', privateKey), '-crlfeol', ...more],
      ),
    encrypt: async (entity, { certificate }, ...more) =>
      openssl(['cms', '-encrypt', '-in', await file('entity', entity), '-crlfeol'], more, ['-recip', await file('cert', certificate)]),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
