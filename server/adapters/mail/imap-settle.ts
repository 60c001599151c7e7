import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import type { PostProcessing, SettleItem, SettleResult } from '../../ports/mailbox.ts';
import type { ImapConnection } from './imap-client.ts';
import { findFolder, folderNames } from './imap-folders.ts';
import { uidSets } from './imap-sets.ts';
import { readSizes } from './imap-sizes.ts';

type Target = Pick<MailSenderConfig, 'archiveFolder'>;

/**
 * Carries out what is owed to the selected folder, each action for all its mails at once.
 * Never a plain EXPUNGE: it would also remove what other mail programs have flagged (RFC 9051, section 6.4.3).
 *
 * @throws FlowError when the connection fails; what had been sent by then is not certain
 */
export async function settleItems(connection: ImapConnection, items: readonly SettleItem[], target: Target): Promise<SettleResult[]> {
  if (items.length === 0) return [];
  const present = await presentUids(connection, items);
  const here = items.filter(({ uid }) => present.has(Number(uid)));
  const results: SettleResult[] = items.filter(({ uid }) => !present.has(Number(uid))).map(({ uid }) => ({ uid, isGone: true }));
  for (const action of ['mark-read', 'delete', 'archive', 'archive-mark-read'] satisfies PostProcessing[]) {
    const group = here.filter((item) => item.action === action);
    if (group.length > 0) results.push(...(await attempt(group, () => actions[action](connection, group, target))));
  }
  return results;
}

/** A refusal by the server is the result of these mails; a lost connection ends the visit. */
async function attempt(group: SettleItem[], act: () => Promise<SettleResult[]>): Promise<SettleResult[]> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof FlowError) || !refusals.has(error.code)) throw error;
    return group.map(({ uid }) => ({ uid, error: error.view() }));
  }
}

const refusals = new Set<string>(['MAIL_POST_PROCESSING_FAILED', 'MAIL_ARCHIVE_FOLDER_MISSING']);

const actions: Record<PostProcessing, (connection: ImapConnection, group: SettleItem[], target: Target) => Promise<SettleResult[]>> = {
  'mark-read': async (connection, group) => {
    await addFlag(connection, group, '\\Seen', 'mark-read');
    return done(group);
  },
  delete: (connection, group) => remove(connection, group, 'delete'),
  archive,
  'archive-mark-read': async (connection, group, target) => {
    await addFlag(connection, group, '\\Seen', 'archive-mark-read');
    return archive(connection, group, target);
  },
};

async function archive(connection: ImapConnection, group: SettleItem[], { archiveFolder }: Target): Promise<SettleResult[]> {
  const { client, during, hasMove } = connection;
  const destination = findFolder(await folderNames(connection), archiveFolder);
  if (destination === undefined) throw new FlowError('MAIL_ARCHIVE_FOLDER_MISSING', { folder: archiveFolder });

  // A copy may be there since the answer was lost, or since only its second half (taking it out of the folder) failed.
  const doubtful = group.filter(({ isRepeat }) => isRepeat || !hasMove);
  const copied = await alreadyCopied(connection, doubtful, destination);
  const [there, missing] = [group.filter(({ uid }) => copied.has(uid)), group.filter(({ uid }) => !copied.has(uid))];

  for (const { set, uids } of uidSets(numbers(missing))) {
    const moved = await during('archiving', () =>
      hasMove ? client.messageMove(set, destination, { uid: true }) : client.messageCopy(set, destination, { uid: true }),
    );
    if (!moved) throw failed('archive', uids.length);
  }
  if (!hasMove) return await remove(connection, group, 'archive');
  return [...done(missing), ...(await remove(connection, there, 'archive'))];
}

/** Takes mails out of the folder: for good where the server can name them, else only flagged. */
async function remove(connection: ImapConnection, group: SettleItem[], action: PostProcessing): Promise<SettleResult[]> {
  const { client, during, hasUidPlus } = connection;
  if (!hasUidPlus) {
    await addFlag(connection, group, '\\Deleted', action);
    return done(group, 'Flagged as deleted only: the server has no UIDPLUS, and a plain EXPUNGE would remove mails of others.');
  }
  for (const { set, uids } of uidSets(numbers(group))) {
    if (!(await during('deleting', () => client.messageDelete(set, { uid: true })))) throw failed(action, uids.length);
  }
  return done(group);
}

async function addFlag({ client, during }: ImapConnection, group: SettleItem[], flag: '\\Seen' | '\\Deleted', action: PostProcessing) {
  for (const { set, uids } of uidSets(numbers(group))) {
    const isStored = await during('setting flags', () => client.messageFlagsAdd(set, [flag], { uid: true, silent: true }));
    if (!isStored) throw failed(action, uids.length);
  }
}

/**
 * Which of these mails are in the archive already: the same Message-ID and the same size.
 * The Message-ID alone would take another mail that carries it for the copy, and the original would be lost.
 */
async function alreadyCopied(connection: ImapConnection, group: SettleItem[], destination: string): Promise<Set<string>> {
  const searchable = group.filter(({ messageId }) => messageId !== '');
  const copied = new Set<string>();
  if (searchable.length === 0) return copied;
  const originals = await readSizes(connection, numbers(searchable));
  await inOtherFolder(connection, destination, async () => {
    for (const { uid, messageId } of searchable) {
      const query = { header: { 'message-id': messageId }, deleted: false };
      const found = await connection.during('searching the archive', () => connection.client.search(query, { uid: true }));
      if (!Array.isArray(found)) throw failed('archive', 1);
      const sizes = new Set((await readSizes(connection, found)).values());
      if (sizes.has(originals.get(Number(uid)) ?? -1)) copied.add(uid);
    }
  });
  return copied;
}

/** Looks at another folder and comes back, whatever happens there: UIDs mean nothing in the wrong folder. */
async function inOtherFolder(connection: ImapConnection, path: string, look: () => Promise<void>): Promise<void> {
  const { client, during, address } = connection;
  const selected = client.mailbox;
  if (!selected) throw new FlowError('MAIL_PROTOCOL_ERROR', { address: addressText(address), during: 'searching the archive' });
  try {
    await during('opening the archive', () => client.mailboxOpen(path, { readOnly: true }));
    await look();
  } finally {
    const back = await during('going back to the folder', () => client.mailboxOpen(selected.path)).catch(() => undefined);
    if (back?.uidValidity !== selected.uidValidity) connection.destroy();
  }
}

async function presentUids({ client, during, address }: ImapConnection, items: readonly SettleItem[]): Promise<Set<number>> {
  const present = new Set<number>();
  for (const { set } of uidSets(numbers(items))) {
    const found = await during('looking for the mails', () => client.search({ uid: set }, { uid: true }));
    if (!Array.isArray(found))
      throw new FlowError('MAIL_PROTOCOL_ERROR', { address: addressText(address), during: 'looking for the mails' });
    for (const uid of found) present.add(uid);
  }
  return present;
}

function numbers(items: readonly SettleItem[]): number[] {
  return [...new Set(items.map(({ uid }) => Number(uid)))].sort((a, b) => a - b);
}

function done(group: SettleItem[], note?: string): SettleResult[] {
  return group.map(({ uid }) => ({ uid, ...(note === undefined ? {} : { note }) }));
}

function failed(action: PostProcessing, count: number): FlowError {
  return new FlowError('MAIL_POST_PROCESSING_FAILED', { action, count });
}
