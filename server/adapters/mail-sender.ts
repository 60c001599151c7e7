import type { MailSenderConfig } from '../../shared/catalog/mail-sender.ts';
import type { MailboxId, MailboxSession, PollPlan, SenderAdapter, SenderContext } from '../ports/mailbox.ts';
import type { Secrets } from '../ports/secrets.ts';
import { mailAddress } from './mail/address.ts';
import { signIn, userOf } from './mail/credential.ts';
import { createFolder, folders } from './mail/folders.ts';
import { openImapSession } from './mail/imap-session.ts';
import { openAttachment } from './mail/mail-content.ts';
import { parse } from './mail/parse.ts';
import { readHead, readHeaders } from './mail/parse-head.ts';
import { openPop3Session } from './mail/pop3-session.ts';
import { probe } from './mail/probe.ts';
import { proposeSettings } from './mail/propose.ts';

/** The Mail adapter as a sender: IMAP4 or POP3, one mailbox per channel. */
export const mailSenderAdapter: SenderAdapter<MailSenderConfig> = {
  type: 'mail-sender',
  plan,
  identify,
  open,
  readHead,
  parse: (raw, config, context) => parse(raw, { ...config, folder: folderOf(config) }, context),
  openAttachment: (raw, index, _config, context) => openAttachment(raw, index, context),
  readHeaders,
  probe,
  folders,
  createFolder,
  propose: (email, signal) => proposeSettings(email, signal),
};

const bytesPerMb = 1024 * 1024;

function plan(config: MailSenderConfig): PollPlan {
  return {
    schedule: config.schedule,
    maxMessages: config.maxMessages,
    maxMailBytes: config.maxMailMb * bytesPerMb,
    lockTimeoutMs: config.lockTimeoutMin * 60_000,
    postProcessing: postProcessing(config),
    postProcessWhen: config.postProcessWhen,
    isStanding: config.protocol === 'imap4' && !config.autoDisconnect,
  };
}

function postProcessing(config: MailSenderConfig): PollPlan['postProcessing'] {
  if (config.protocol === 'imap4') return config.postProcessing;
  return config.pop3PostProcessing === 'delete' ? 'delete' : 'none';
}

/** INBOX has no case (RFC 9051, section 5.1); POP3 knows nothing else. */
function folderOf({ protocol, folder }: MailSenderConfig): string {
  return protocol === 'pop3' || folder.toUpperCase() === 'INBOX' ? 'INBOX' : folder;
}

async function identify(config: MailSenderConfig, secrets: Secrets): Promise<{ mailbox: MailboxId; credential: string }> {
  const { host } = mailAddress(config);
  return { mailbox: { host, user: await userOf(config, secrets), folder: folderOf(config) }, credential: config.credential };
}

async function open(config: MailSenderConfig, context: SenderContext): Promise<MailboxSession> {
  const openSession = config.protocol === 'imap4' ? openImapSession : openPop3Session;
  const { opened } = await signIn(config, context.secrets, (credential) => openSession(config, credential, context));
  return opened;
}
