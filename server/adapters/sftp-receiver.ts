import { createPrivateKey } from 'node:crypto';
import { join } from 'node:path/posix';
import { sftpReceiver, sshPort, type SftpReceiverConfig } from '../../shared/catalog/sftp-receiver.ts';
import { FlowError } from '../../shared/errors.ts';
import type { Message } from '../../shared/flow.ts';
import { readKnownHosts } from '../../shared/known-hosts.ts';
import { parseAddress, type ServerAddress } from '../../shared/mail-address.ts';
import { fillTemplate } from '../../shared/template.ts';
import type { Delivery, Receiver, ReceiverContext, ReceiverSecrets } from '../ports/steps.ts';
import { deliverySuffix, distinctNames, extensionOf, safeName } from './file-name.ts';
import { connectSsh, type SshConnection } from './ssh/connect.ts';
import type { SshSignIn } from './ssh/sign-in.ts';
import { fileErrorOf, openSftp, type Sftp } from './ssh/sftp.ts';

const maxDepth = 16;

/**
 * Writes to a server under a name that nobody reads, and renames what is complete: whoever watches the directory sees whole files only.
 * Names end in a suffix that belongs to the delivery, as those of the File receiver: a repetition replaces its own file.
 */
export const sftpReceiverAdapter: Receiver<SftpReceiverConfig> = {
  type: sftpReceiver.type,
  async deliver(message, config, context): Promise<Delivery> {
    const startedAt = performance.now();
    using connection = await connect(config, context.secrets, context.signal);
    const directory = directoryOf(config, message, context);
    const files = await written(connection, directory, message, config, context);
    const ms = Math.round(performance.now() - startedAt);
    if (files.count === 0) return { summary: 'no attachments, nothing written', answer: { files: 0 } };
    const count = config.content === 'attachments' ? `${files.count === 1 ? '1 file' : `${files.count} files`} to ` : '';
    return { summary: `wrote ${count}${files.path} in ${ms} ms`, answer: { path: files.path, files: files.count } };
  },

  async tryOut(config, { secrets, signal }) {
    using connection = await connect(config, secrets, signal);
    const sftp = await openSftp(connection);
    // With parts that a message fills in it can't be looked at.
    if (config.directory === '' || config.directory.includes('${')) return 'Signed in.';
    const isThere = await told(config.directory, async () => sftp.isThere(config.directory));
    if (isThere) return `Signed in; ${config.directory} is there.`;
    if (config.createDirectories) return `Signed in; ${config.directory} will be made.`;
    throw new FlowError('SFTP_DIRECTORY_MISSING', { path: config.directory });
  },
};

async function connect(config: SftpReceiverConfig, secrets: ReceiverSecrets, signal: AbortSignal): Promise<SshConnection> {
  signal.throwIfAborted();
  const address = parseAddress(config.address, sshPort);
  if (!address) throw new FlowError('SSH_UNREACHABLE', { address: config.address });
  const { entries } = readKnownHosts(await secrets.knownHosts(config.knownHosts));
  return connectSsh({ ...address, timeoutMs: config.timeoutMs }, entries, await signInOf(config, address, secrets), signal);
}

async function signInOf(config: SftpReceiverConfig, address: ServerAddress, secrets: ReceiverSecrets): Promise<SshSignIn> {
  if (config.authentication === 'password') {
    const { user, password } = await secrets.useCredential(config.credential, address.host);
    return { user, password };
  }
  const { privateKey } = await secrets.useKeyPair(config.privateKeyAlias);
  return { user: config.user, privateKey: sshPrivateKey(config.privateKeyAlias, privateKey) };
}

/** The library reads the older forms of PEM only. @throws FlowError KEY_PAIR_NOT_FOR_SSH */
function sshPrivateKey(name: string, pem: string): string {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString();
  const { namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  if (!sshCurves.has(namedCurve)) throw new FlowError('KEY_PAIR_NOT_FOR_SSH', { name });
  return key.export({ type: 'sec1', format: 'pem' }).toString();
}

/** RFC 5656, section 10.1, as OpenSSL calls them. */
const sshCurves = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/**
 * Each part filled in and made harmless on its own: a value from the mail never adds a level.
 *
 * @throws FlowError FILE_NAME_NOT_ALLOWED when the configuration itself leads upwards
 */
function directoryOf({ directory }: SftpReceiverConfig, message: Message, context: ReceiverContext): string {
  const parts = directory.split('/');
  if (parts.some((part) => part.trim() === '..') || parts.length > maxDepth)
    throw new FlowError('FILE_NAME_NOT_ALLOWED', { name: directory });
  const named = parts.filter((part) => part.trim() !== '' && part.trim() !== '.');
  const path = named.map((part) => safeName(fillTemplate(part, message, context))).join('/');
  return directory.startsWith('/') ? `/${path}` : path || '.';
}

async function written(
  connection: SshConnection,
  directory: string,
  message: Message,
  config: SftpReceiverConfig,
  context: ReceiverContext,
): Promise<{ path: string; count: number }> {
  const { attachments } = message;
  if (config.content === 'attachments' && attachments.length === 0) return { path: '', count: 0 };
  const suffix = deliverySuffix(context.idempotencyKey);
  const base = safeName(fillTemplate(config.fileName, message, context));
  const isUnique = config.existing === 'unique' || config.content === 'attachments';
  const name = isUnique ? `${base}-${suffix}` : base;
  const sftp = await openSftp(connection);
  await told(directory, async () => prepare(sftp, directory, config));
  const temporary = join(directory, `.${suffix}.${config.content === 'attachments' ? 'parts' : 'part'}`);

  if (config.content === 'attachments') {
    const path = join(directory, name);
    await told(path, async () => writeDirectory(sftp, path, temporary, filesOf(message, context)));
    return { path, count: attachments.length };
  }
  const extension = config.content === 'mime' ? '.eml' : extensionOf(message.body.contentType);
  const path = join(directory, name + extension);
  await told(path, async () => {
    await sftp.write(temporary, config.content === 'mime' ? context.raw.open() : bytesOf(message.body.text));
    await sftp.rename(temporary, path);
  });
  return { path, count: 1 };
}

async function prepare(sftp: Sftp, directory: string, { createDirectories }: SftpReceiverConfig): Promise<void> {
  if (createDirectories) await sftp.makeDirectory(directory);
  else if (!(await sftp.isThere(directory))) throw new FlowError('SFTP_DIRECTORY_MISSING', { path: directory });
}

interface NewFile {
  name: string;
  content: AsyncIterable<Uint8Array>;
}

function filesOf({ attachments }: Message, context: ReceiverContext): NewFile[] {
  const names = distinctNames(attachments.map(({ name }) => safeName(name)));
  return attachments.map((attachment, index) => ({
    name: names[index] ?? String(attachment.index),
    content: context.openAttachment(attachment),
  }));
}

/** The name belongs to the delivery: what has it is that delivery, complete. */
async function writeDirectory(sftp: Sftp, path: string, temporary: string, files: NewFile[]): Promise<void> {
  // Of a try that was cut off.
  await sftp.removeDirectory(temporary);
  if (await sftp.isThere(path)) return;
  await sftp.makeDirectory(temporary);
  for (const { name, content } of files) await sftp.write(join(temporary, name), content);
  await sftp.rename(temporary, path);
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** What the server has against it is told in our words; what reading the mail throws, and an abort, stay what they are. */
async function told<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileErrorOf(error, path);
  }
}
