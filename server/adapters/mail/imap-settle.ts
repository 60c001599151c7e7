import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import type { PostProcessing, SettleItem, SettleResult } from '../../ports/mailbox.ts';
import type { ImapConnection } from './imap-client.ts';
import { alreadyCopied } from './imap-copies.ts';
import { findFolder, folderNames } from './imap-folders.ts';
import { uidSets } from './imap-sets.ts';

type Target = Pick<MailSenderConfig, 'archiveFolder' | 'failureFolder'>;

/** Refusals of one command before mails that it is refused for are no longer looked for among the others. */
const maxRefusals = 12;

/**
 * Carries out what is owed to the selected folder, each action for all its mails at once.
 * Never a plain EXPUNGE: it would also remove what other mail programs have flagged (RFC 9051, section 6.4.3).
 *
 * @param uidValidity of the numbering that the items belong to
 * @throws FlowError when the connection fails, or the folder is numbered otherwise; what had been sent by then is not certain
 */
export async function settleItems(
  connection: ImapConnection,
  uidValidity: string,
  items: readonly SettleItem[],
  target: Target,
): Promise<SettleResult[]> {
  if (items.length === 0) return [];
  const present = await presentUids(connection, items);
  requireNumbering(connection, uidValidity);
  const here = items.filter(({ uid }) => present.has(Number(uid)));
  const results: SettleResult[] = items.filter(({ uid }) => !present.has(Number(uid))).map(({ uid }) => ({ uid, isGone: true }));
  for (const [action, group] of Map.groupBy(here, (item) => item.action)) {
    results.push(...(await attempt(group, () => actions[action](connection, group, target))));
  }
  return results;
}

/** A UID of another numbering may be that of anybody's mail. */
function requireNumbering({ client: { mailbox }, address }: ImapConnection, uidValidity: string): void {
  if (mailbox && String(mailbox.uidValidity) === uidValidity) return;
  throw new FlowError('MAIL_RENUMBERED', { address: addressText(address), folder: mailbox ? mailbox.path : '' });
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

const refusals = new Set<string>([
  'MAIL_POST_PROCESSING_FAILED',
  'MAIL_ARCHIVE_FOLDER_MISSING',
  'MAIL_FAILURE_FOLDER_MISSING',
  'MAIL_FOLDER_READ_ONLY',
]);

type Action = (connection: ImapConnection, group: SettleItem[], target: Target) => Promise<SettleResult[]>;

const actions: Record<PostProcessing, Action> = {
  'mark-read': (connection, group) => markRead(connection, group, 'mark-read'),
  delete: (connection, group) => remove(connection, group, 'delete'),
  // Its time has come when it gets here.
  'delete-after-days': (connection, group) => remove(connection, group, 'delete'),
  archive: (connection, group, { archiveFolder }) => moveTo(connection, group, 'archive', archiveFolder),
  async 'archive-mark-read'(connection, group, { archiveFolder }) {
    const marked = await markRead(connection, group, 'archive-mark-read');
    const refused = marked.filter(({ error }) => error !== undefined);
    const read = without(group, refused);
    return [...refused, ...(await moveTo(connection, read, 'archive-mark-read', archiveFolder))];
  },
  'move-failed': (connection, group, { failureFolder }) => moveTo(connection, group, 'move-failed', failureFolder),
};

async function markRead(connection: ImapConnection, group: SettleItem[], action: PostProcessing): Promise<SettleResult[]> {
  const { told, refused } = await addFlag(connection, group, '\\Seen', action);
  return [...done(told), ...refused];
}

async function moveTo(connection: ImapConnection, group: SettleItem[], action: PostProcessing, folder: string): Promise<SettleResult[]> {
  if (group.length === 0) return [];
  // The channel was changed since: where to is no longer said, so the mails stay.
  if (folder === '') return done(group, 'Left where they are: the channel no longer names a folder to move them to.');
  requireWritable(connection);
  const { client, hasMove } = connection;
  const destination = findFolder(await folderNames(connection), folder);
  if (destination === undefined) {
    throw new FlowError(action === 'move-failed' ? 'MAIL_FAILURE_FOLDER_MISSING' : 'MAIL_ARCHIVE_FOLDER_MISSING', { folder });
  }
  // A copy may be there since the answer was lost, or since only its second half (taking it out of the folder) failed.
  const doubtful = group.filter(({ isRepeat }) => isRepeat || !hasMove);
  const copied = await alreadyCopied(connection, doubtful, destination);
  const there = group.filter(({ uid }) => copied.has(uid));
  const missing = group.filter(({ uid }) => !copied.has(uid));
  const { told, refused } = await tell(connection, 'archiving', missing, action, async (set) => {
    const answer = hasMove
      ? await client.messageMove(set, destination, { uid: true })
      : await client.messageCopy(set, destination, { uid: true });
    return answer !== undefined && answer !== false;
  });
  if (!hasMove) return [...refused, ...(await remove(connection, [...there, ...told], action))];
  return [...refused, ...done(told), ...(await remove(connection, there, action))];
}

/** Takes mails out of the folder: for good where the server can name them, else only flagged. */
async function remove(connection: ImapConnection, group: SettleItem[], action: PostProcessing): Promise<SettleResult[]> {
  const { client, hasUidPlus } = connection;
  if (!hasUidPlus) {
    const { told, refused } = await addFlag(connection, group, '\\Deleted', action);
    const note = 'Flagged as deleted only: the server has no UIDPLUS, and a plain EXPUNGE would remove mails of others.';
    return [...done(told, note), ...refused];
  }
  requireWritable(connection);
  const { told, refused } = await tell(connection, 'deleting', group, action, (set) => client.messageDelete(set, { uid: true }));
  return [...done(told), ...refused];
}

function addFlag(connection: ImapConnection, group: SettleItem[], flag: '\\Seen' | '\\Deleted', action: PostProcessing): Promise<Told> {
  requireWritable(connection);
  return tell(connection, 'setting flags', group, action, (set) =>
    connection.client.messageFlagsAdd(set, [flag], { uid: true, silent: true }),
  );
}

function requireWritable({ client: { mailbox } }: ImapConnection): void {
  if (mailbox && mailbox.readOnly) throw new FlowError('MAIL_FOLDER_READ_ONLY', { folder: mailbox.path });
}

interface Told {
  told: SettleItem[];
  refused: SettleResult[];
}

/**
 * Sends a command for many mails. Where the server refuses it, they are parted until those are found that it is refused for:
 * one mail that can't be moved does not hold back the others.
 *
 * @param send false when the server said NO
 */
async function tell(
  connection: ImapConnection,
  what: string,
  group: SettleItem[],
  action: PostProcessing,
  send: (set: string) => Promise<boolean>,
): Promise<Told> {
  const refused: SettleResult[] = [];
  let refusalCount = 0;
  const waiting = uidSets(numbers(group)).map(({ uids }) => uids);
  for (let uids = waiting.shift(); uids; uids = waiting.shift()) {
    const set = uidSets(uids)
      .map((part) => part.set)
      .join(',');
    const isDone = await connection.during(what, () => send(set));
    if (isDone) continue;
    refusalCount += 1;
    if (uids.length > 1 && refusalCount < maxRefusals) {
      const half = Math.ceil(uids.length / 2);
      waiting.unshift(uids.slice(0, half), uids.slice(half));
      continue;
    }
    const words = connection.refusal();
    const error = new FlowError('MAIL_POST_PROCESSING_FAILED', { action, count: uids.length }, words ? { details: words } : {}).view();
    refused.push(...uids.map((uid) => ({ uid: String(uid), error })));
  }
  return { told: without(group, refused), refused };
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

function without(group: SettleItem[], results: SettleResult[]): SettleItem[] {
  const uids = new Set(results.map(({ uid }) => uid));
  return group.filter(({ uid }) => !uids.has(uid));
}

function done(group: SettleItem[], note?: string): SettleResult[] {
  return group.map(({ uid }) => ({ uid, ...(note === undefined ? {} : { note }) }));
}
