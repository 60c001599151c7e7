import type { ListResponse } from 'imapflow';
import { FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import type { MailFolder } from '../../../shared/probe.ts';
import type { ImapConnection } from './imap-client.ts';

/** All folders of the account: INBOX, then those with a use, then the others by name. */
export async function listFolders({ client, during }: ImapConnection): Promise<MailFolder[]> {
  const folders = await during('listing folders', () => client.list());
  return folders.map(mailFolder);
}

/** Names of all folders that can be selected. */
export async function folderNames({ client, during }: ImapConnection): Promise<string[]> {
  const folders = await during('listing folders', () => client.list({ listOnly: true }));
  return selectableNames(folders.map(mailFolder));
}

export function selectableNames(folders: readonly MailFolder[]): string[] {
  return folders.filter(({ isSelectable }) => isSelectable).map(({ path }) => path);
}

/**
 * Creates a folder and subscribes to it. One that is there already is no error.
 *
 * @returns its path as the server writes it, which may have the prefix of a name space before it
 * @throws FlowError MAIL_FOLDER_NOT_CREATED
 */
export async function createImapFolder(connection: ImapConnection, name: string): Promise<string> {
  const { client, during, address } = connection;
  const known = findFolder(await folderNames(connection), name);
  if (known !== undefined) return known;
  try {
    const created = await during('creating the folder', () => client.mailboxCreate(name));
    return created.path;
  } catch (error) {
    if (!(error instanceof FlowError) || error.code !== 'MAIL_PROTOCOL_ERROR') throw error;
    throw new FlowError(
      'MAIL_FOLDER_NOT_CREATED',
      { folder: name, address: addressText(address) },
      { cause: error, ...(error.details === undefined ? {} : { details: error.details }) },
    );
  }
}

/** Special uses of RFC 6154 and the names imapflow knows; a server's own flag wins over a name. */
const uses = new Map<string, NonNullable<MailFolder['use']>>([
  ['\\Archive', 'archive'],
  ['\\Drafts', 'drafts'],
  ['\\Flagged', 'flagged'],
  ['\\Junk', 'junk'],
  ['\\Sent', 'sent'],
  ['\\Trash', 'trash'],
  ['\\All', 'all'],
  ['\\Important', 'important'],
]);

function mailFolder({ path, name, parent, flags, specialUse }: ListResponse): MailFolder {
  const use = path.toUpperCase() === 'INBOX' ? 'inbox' : uses.get(specialUse ?? '');
  return {
    path,
    name,
    parents: parent,
    ...(use === undefined ? {} : { use }),
    isSelectable: !flags.has('\\Noselect') && !flags.has('\\NonExistent'),
  };
}

/** The folder as the server writes it. INBOX has no case (RFC 9051, section 5.1). */
export function findFolder(names: readonly string[], folder: string): string | undefined {
  if (folder.toUpperCase() === 'INBOX') return names.find((name) => name.toUpperCase() === 'INBOX') ?? 'INBOX';
  return names.find((name) => name === folder);
}

/** At most three names that look like `folder`, the most similar first. */
export function nearestNames(names: readonly string[], folder: string): string[] {
  const wanted = folder.toLowerCase();
  return names
    .map((name) => ({ name, distance: distance(name.toLowerCase(), wanted) }))
    .filter(({ name, distance: d }) => d <= Math.max(2, wanted.length / 3) || name.toLowerCase().includes(wanted))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Levenshtein: how many letters to insert, delete or change. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const change = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(change, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
