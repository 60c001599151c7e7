import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { chainEnd, daysUntil, expiresSoonDays, type CertificateFacts } from '../../../shared/certificate.ts';
import type { ProbeStage, ProbeStageName } from '../../../shared/checklist.ts';
import { asFlowError, FlowError } from '../../../shared/errors.ts';
import { addressText, type ServerAddress } from '../../../shared/mail-address.ts';
import type { SenderContext } from '../../ports/mailbox.ts';
import { mailAddress } from './address.ts';
import { signIn } from './credential.ts';
import { sayHello, type Hello } from './hello.ts';
import { connectImap, saslNames, type ImapConnection } from './imap-client.ts';
import { findFolder, folderNames, nearestNames } from './imap-folders.ts';
import { requireProtection } from './line.ts';
import { openPop3Session } from './pop3-session.ts';
import { routeOf } from './route.ts';
import { findMechanism } from './sasl.ts';

type Report = (stage: ProbeStage) => void;

/**
 * The connection test: the stages of a visit one by one, each reported as running and then with what was found.
 * Ends at the first stage that fails. Nothing is selected, marked or deleted on the server.
 */
export async function probe(config: MailSenderConfig, context: SenderContext, report: Report): Promise<void> {
  const stages = new Stages(report);
  try {
    const address = mailAddress(config);
    await probeServer(config, address, context, stages);
    stages.start('signIn', 'Signing in…');
    await (config.protocol === 'imap4' ? probeImap : probePop3)(config, context, stages);
  } catch (error) {
    stages.fail(asFlowError(error));
  }
}

/** Reports stages; knows which one is running, so that an error lands at the right one. */
class Stages {
  readonly #report: Report;
  #running: ProbeStageName = 'resolve';

  constructor(report: Report) {
    this.#report = report;
  }

  start(stage: ProbeStageName, sentence: string): void {
    this.#running = stage;
    this.#report({ stage, state: 'running', sentence });
  }

  done(stage: ProbeStageName, sentence: string, certificates?: CertificateFacts[]): void {
    this.#report({ stage, state: 'done', sentence, ...(certificates && { certificates }) });
  }

  warn(stage: ProbeStageName, sentence: string, certificates?: CertificateFacts[]): void {
    this.#report({ stage, state: 'warning', sentence, ...(certificates && { certificates }) });
  }

  fail(error: FlowError): void {
    const certificates = 'chain' in error.params ? { certificates: error.params.chain } : {};
    this.#report({ stage: this.#running, state: 'failed', sentence: error.message, error: error.view(), ...certificates });
  }
}

async function probeServer(config: MailSenderConfig, address: ServerAddress, context: SenderContext, stages: Stages): Promise<void> {
  const running = {
    resolve: `Looking up ${address.host}…`,
    connect: `Connecting to ${addressText(address)}…`,
    protect: 'Agreeing on encryption…',
    greeting: 'Waiting for the greeting…',
  };
  const { protocol, protection } = config;
  const hello = await sayHello({
    protocol,
    protection,
    route: await routeOf(config, context.secrets),
    signal: context.signal,
    onStage: (stage, found) => {
      if (found === undefined) stages.start(stage, running[stage]);
      else stages.done(stage, found);
    },
  });
  reportProtection(config, hello, stages);
  stages.start('mechanism', 'Comparing ways to sign in…');
  stages.done('mechanism', mechanismSentence(config, address, hello));
}

function reportProtection({ protection }: MailSenderConfig, { tls }: Hello, stages: Stages): void {
  if (!tls) {
    const sentence =
      protection === 'off' ? 'Off: mails travel unencrypted.' : 'The server does not offer STARTTLS: mails travel unencrypted.';
    return stages.warn('protect', sentence);
  }
  const { version, cipher, chain } = tls;
  const end = chainEnd(chain);
  const days = end ? daysUntil(end) : 0;
  const sentence = `${version} (${cipher}), certificate verified, valid for ${days} more ${days === 1 ? 'day' : 'days'}.`;
  if (days < expiresSoonDays) stages.warn('protect', sentence, chain);
  else stages.done('protect', sentence, chain);
}

/** @throws FlowError if the server and the channel have no way in common, or the password would travel unencrypted */
function mechanismSentence(config: MailSenderConfig, address: ServerAddress, hello: Hello): string {
  const { protocol, authentication } = config;
  requireProtection(config, hello);
  const offered = protocol === 'imap4' ? saslNames(hello.capabilities) : pop3Mechanisms(hello.capabilities);
  const found = findMechanism(authentication, offered);
  if (found) return `${found.name} (the server offers ${offered.join(', ')}).`;
  if (authentication === 'plain') return protocol === 'imap4' ? 'LOGIN command.' : 'USER and PASS commands.';
  if (authentication === 'encrypted' && protocol === 'pop3' && /<[^<>@\s]+@[^<>\s]+>/.test(hello.greeting)) return 'APOP.';
  throw new FlowError('MAIL_MECHANISM_NOT_OFFERED', {
    address: addressText(address),
    wanted: authentication === 'oauth2' ? 'OAUTHBEARER or XOAUTH2' : 'CRAM-MD5',
    offered: offered.join(', ') || 'no mechanism',
  });
}

/** RFC 2449, section 6.3 and RFC 5034: `SASL PLAIN CRAM-MD5`. */
function pop3Mechanisms(capabilities: string[]): string[] {
  const line = capabilities.find((capability) => /^SASL /i.test(capability)) ?? '';
  return line.split(' ').slice(1).filter(Boolean);
}

async function probeImap(config: MailSenderConfig, context: SenderContext, stages: Stages): Promise<void> {
  const { opened: connection, user } = await signIn(config, context.secrets, (credential) => connectImap(config, credential, context));
  try {
    stages.done('signIn', `Signed in as ${user}.`);
    stages.start('folder', `Looking at ${config.folder}…`);
    const names = await folderNames(connection);
    stages.done('folder', await countSentence(connection, names, config.folder));
    stages.start('postProcessing', 'Checking what the server can do with done mails…');
    reportPostProcessing(config, connection, names, stages);
  } finally {
    connection.destroy();
  }
}

async function countSentence({ client, during }: ImapConnection, names: string[], folder: string): Promise<string> {
  const path = findFolder(names, folder);
  // STATUS, unlike SELECT, leaves even the \Recent flags alone (RFC 9051, section 6.3.11).
  const status = path === undefined ? false : await during('counting', () => client.status(path, { messages: true, unseen: true }));
  if (!status) throw new FlowError('MAIL_FOLDER_MISSING', { folder, nearest: nearestNames(names, folder).join(', ') });
  return `${folder}: ${mails(status.messages ?? 0)}, ${status.unseen ?? 0} unread.`;
}

function reportPostProcessing(config: MailSenderConfig, connection: ImapConnection, names: string[], stages: Stages): void {
  const { postProcessing, archiveFolder } = config;
  if (postProcessing === 'none') return stages.done('postProcessing', 'None: mails stay as they are.');
  if (postProcessing === 'mark-read') return stages.done('postProcessing', 'Mails are marked as read.');
  const archives = postProcessing !== 'delete';
  if (archives && findFolder(names, archiveFolder) === undefined) {
    throw new FlowError('MAIL_ARCHIVE_FOLDER_MISSING', { folder: archiveFolder });
  }
  const removes = archives ? connection.hasMove || connection.hasUidPlus : connection.hasUidPlus;
  const what = archives ? `Mails are moved to ${archiveFolder}` : 'Mails are deleted';
  if (removes) return stages.done('postProcessing', `${what}.`);
  const missing = archives ? 'MOVE nor UIDPLUS' : 'UIDPLUS';
  const verb = archives ? 'copied there and only flagged as deleted' : 'only flagged as deleted';
  stages.warn('postProcessing', `The server has no ${missing}: mails are ${verb}, until a mail program empties the folder.`);
}

async function probePop3(config: MailSenderConfig, context: SenderContext, stages: Stages): Promise<void> {
  const { opened: session, user } = await signIn(config, context.secrets, (credential) => openPop3Session(config, credential, context));
  try {
    stages.done('signIn', `Signed in as ${user}.`);
    stages.start('folder', 'Looking at the inbox…');
    const { mails: listed } = await session.list();
    stages.done('folder', `Inbox: ${mails(listed.length)}.`);
    const isDeleted = config.pop3PostProcessing === 'delete';
    stages.done('postProcessing', isDeleted ? 'Mails are deleted.' : 'Mails stay on the server.');
    await session.close();
  } finally {
    session.destroy();
  }
}

function mails(count: number): string {
  return count === 1 ? '1 mail' : `${count} mails`;
}
