import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import type { MailboxSession, SenderContext } from '../../ports/mailbox.ts';
import type { Credential } from '../../ports/secrets.ts';
import { defaultProgressMs } from './deadlines.ts';
import { greetingWords } from './greet.ts';
import { connectImap, type ImapConnection } from './imap-client.ts';
import { fetchMails } from './imap-fetch.ts';
import { findFolder, folderNames, nearestNames } from './imap-folders.ts';
import { findMails, findRead, listFolder, readHeads } from './imap-list.ts';
import { settleItems } from './imap-settle.ts';
import { watchFolder, type WatchOptions } from './imap-watch.ts';

/** How long the server may take to say good-bye. */
const logoutTimeoutMs = 5_000;

/**
 * Connects, protects, signs in and selects the folder.
 *
 * @param options progressMs: longest silence while the server is at work; connecting and greeting have the channel's Timeout;
 *   isPeek: the folder is only examined, so that not even \Recent changes (RFC 9051, section 6.3.3); mails are fetched with PEEK anyway
 * @throws FlowError MAIL_*
 */
export async function openImapSession(
  config: MailSenderConfig,
  credential: Credential,
  context: SenderContext,
  { progressMs = defaultProgressMs, isPeek = false, ...watchOptions }: WatchOptions & { progressMs?: number; isPeek?: boolean } = {},
): Promise<MailboxSession> {
  const connection = await connectImap(config, credential, context, progressMs);
  try {
    const uidValidity = await selectFolder(connection, config.folder, isPeek);
    const watch = watchFolder(connection, watchOptions);
    let newest = 0;
    return {
      uidValidity,
      greeting: greetingWords(connection.greeting),
      list: async ({ isNewOnly = false, knownOf } = {}) => {
        const listing = await listFolder(connection, config, uidValidity, {
          after: isNewOnly ? newest : undefined,
          knownOf: knownOf && ((uids) => knownOf(uids, uidValidity)),
          onSearch: () => watch.reset(),
        });
        newest = Math.max(newest, Number(listing.mails.at(-1)?.uid ?? 0));
        return listing;
      },
      wait: (signal, onAlive) => watch.wait(signal, onAlive),
      fetch: (mails) => fetchMails(connection, mails),
      heads: (mails) => readHeads(connection, mails),
      find: (uids) => findMails(connection, uids),
      findRead: (fromUid, uids) => findRead(connection, config, fromUid, uids),
      settle: (items) => settleItems(connection, uidValidity, items, config),
      close: async () => {
        await signOut(connection);
        return [];
      },
      destroy: connection.destroy,
    };
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** @returns its UIDVALIDITY */
async function selectFolder(connection: ImapConnection, folder: string, isPeek: boolean): Promise<string> {
  const { client, during, address } = connection;
  const opening = during('selecting the folder', () => client.mailboxOpen(folder, { readOnly: isPeek }));
  const mailbox = await opening.catch(async (error: unknown) => {
    throw (await missingFolder(connection, folder)) ?? error;
  });
  // A server must send UIDVALIDITY with SELECT (RFC 9051, section 6.3.2); without it a UID says nothing.
  if (!mailbox.uidValidity) throw new FlowError('MAIL_WITHOUT_UID', { address: addressText(address), protocol: 'IMAP4' });
  return String(mailbox.uidValidity);
}

/** Why a folder can't be selected, if it is because there is none of this name. */
async function missingFolder(connection: ImapConnection, folder: string): Promise<FlowError | undefined> {
  if (connection.client.isClosed) return undefined;
  const names = await folderNames(connection);
  if (findFolder(names, folder) !== undefined) return undefined;
  return new FlowError('MAIL_FOLDER_MISSING', { folder, nearest: nearestNames(names, folder).join(', ') });
}

/** LOGOUT, for politeness only: whatever the server does, the connection is gone afterwards. */
async function signOut({ client, destroy }: ImapConnection): Promise<void> {
  const timer = setTimeout(destroy, logoutTimeoutMs);
  try {
    await client.logout();
  } catch {
    // Nothing depends on the answer: what was settled has been confirmed before.
  } finally {
    clearTimeout(timer);
    destroy();
  }
}
