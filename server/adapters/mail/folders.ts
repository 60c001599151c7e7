import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { FlowError } from '../../../shared/errors.ts';
import type { MailFolder } from '../../../shared/probe.ts';
import type { SenderContext } from '../../ports/mailbox.ts';
import { signIn } from './credential.ts';
import { connectImap, type ImapConnection } from './imap-client.ts';
import { createImapFolder, listFolders } from './imap-folders.ts';

/** The folders of the account, for the form. @throws FlowError MAIL_NO_FOLDERS for POP3, MAIL_* */
export function folders(config: MailSenderConfig, context: SenderContext): Promise<MailFolder[]> {
  return onConnection(config, context, listFolders);
}

/** Creates a folder because a person asked for it. @returns its path as the server writes it */
export function createFolder(config: MailSenderConfig, name: string, context: SenderContext): Promise<string> {
  return onConnection(config, context, (connection) => createImapFolder(connection, name));
}

async function onConnection<T>(
  config: MailSenderConfig,
  context: SenderContext,
  work: (connection: ImapConnection) => Promise<T>,
): Promise<T> {
  if (config.protocol === 'pop3') throw new FlowError('MAIL_NO_FOLDERS', {});
  const { opened: connection } = await signIn(config, context.secrets, (credential) => connectImap(config, credential, context));
  try {
    return await work(connection);
  } finally {
    connection.destroy();
  }
}
