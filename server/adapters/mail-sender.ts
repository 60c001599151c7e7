import type { MailSenderConfig } from '../../shared/catalog/mail-sender.ts';
import type { MailboxSession, PollPlan, SenderAdapter, SenderContext } from '../ports/mailbox.ts';
import { mailAddress } from './mail/address.ts';
import { openImapSession } from './mail/imap-session.ts';
import { openAttachment, parse } from './mail/parse.ts';
import { readHead, readHeaders } from './mail/parse-head.ts';
import { openPop3Session } from './mail/pop3-session.ts';
import { probe } from './mail/probe.ts';

/** The Mail adapter as a sender: IMAP4 or POP3, one mailbox per channel. */
export const mailSenderAdapter: SenderAdapter<MailSenderConfig> = {
  type: 'mail-sender',
  plan,
  credentialOf: (config) => ({ name: config.credential, host: mailAddress(config).host }),
  mailbox: (config, user) => ({ host: mailAddress(config).host, user, folder: folderOf(config) }),
  open,
  readHead,
  parse: (raw, _config, signal) => parse(raw, signal),
  openAttachment,
  readHeaders,
  probe,
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

async function open(config: MailSenderConfig, context: SenderContext): Promise<MailboxSession> {
  const credential = await context.useCredential(config.credential, mailAddress(config).host);
  return config.protocol === 'imap4' ? openImapSession(config, credential, context) : openPop3Session(config, credential, context);
}
