import type { MailSenderConfig } from '../../shared/catalog/mail-sender.ts';
import { isSearchEmpty, searchKey } from '../../shared/mail-search.ts';
import { mailFolder } from '../../shared/mail-folder.ts';
import type { MailboxId, MailboxSession, PollPlan, SenderAdapter, SenderContext } from '../ports/mailbox.ts';
import type { Secrets } from '../ports/secrets.ts';
import { mailAddress } from './mail/address.ts';
import { compose } from './mail/compose.ts';
import { signIn, userOf } from './mail/credential.ts';
import { createFolder, folders } from './mail/folders.ts';
import { openImapSession } from './mail/imap-session.ts';
import { openAttachment } from './mail/mail-content.ts';
import { arrivalOf, matchesSearch } from './mail/mail-search.ts';
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
  isWanted: (mail, head, { search }) => matchesSearch(search, mail.sizeBytes, head),
  arrivalOf,
  parse: (raw, config, context) => parse(raw, { ...config, folder: mailFolder(config.protocol, config.folder) }, context),
  openAttachment: (raw, index, _config, context) => openAttachment(raw, index, context),
  compose,
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
    deleteAfterDays: config.protocol === 'pop3' && config.pop3PostProcessing === 'delete-after-days' ? config.deleteAfterDays : null,
    onFailure: config.protocol === 'imap4' && config.onFinalFailure === 'move' ? 'move-failed' : null,
    startWith: config.startWith,
    isInOrder: config.processingOrder === 'in-order',
    isUnreadOnly: config.protocol === 'imap4' && config.selection === 'unread',
    headSearch: config.protocol === 'pop3' && !isSearchEmpty(config.search) ? searchKey(config.search) : null,
    isStanding: config.protocol === 'imap4' && !config.autoDisconnect,
  };
}

function postProcessing(config: MailSenderConfig): PollPlan['postProcessing'] {
  if (config.protocol === 'imap4') return config.postProcessing;
  return config.pop3PostProcessing === 'leave' ? 'none' : config.pop3PostProcessing;
}

async function identify(config: MailSenderConfig, secrets: Secrets): Promise<{ mailbox: MailboxId; credential: string }> {
  const { host } = mailAddress(config);
  return {
    mailbox: { host, user: await userOf(config, secrets), folder: mailFolder(config.protocol, config.folder) },
    credential: config.credential,
  };
}

async function open(config: MailSenderConfig, context: SenderContext): Promise<MailboxSession> {
  const openSession = config.protocol === 'imap4' ? openImapSession : openPop3Session;
  const { progressMs, peek } = context;
  const wanted: MailSenderConfig = peek === 'all' ? { ...config, selection: 'all', search: {} } : config;
  const { opened } = await signIn(wanted, context.secrets, (credential) =>
    openSession(wanted, credential, context, { isPeek: peek !== undefined, ...(progressMs === undefined ? {} : { progressMs }) }),
  );
  return opened;
}
