import type { SearchObject } from 'imapflow';
import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import { isSearchEmpty } from '../../../shared/mail-search.ts';
import type { ListedMail, Listing, MailStart } from '../../ports/mailbox.ts';
import type { ImapConnection } from './imap-client.ts';
import { uidSets } from './imap-sets.ts';
import { contentQuery, searchQuery } from './mail-search.ts';

/** What is in the selected folder: found by SEARCH, described by FETCH, nothing marked as read. */

/** So much of a head is read; what people look for in it is near its beginning. */
const headBytes = 64 * 1024;
const headsAtOnce = 50;
/** Describing a mail takes 70 µs: with so many it is worth asking first which of them are known. */
const manyMails = 500;

type KnownOf = (uids: string[]) => Promise<ReadonlySet<string>>;

/**
 * @param after only mails with a higher UID, of which the server has just told
 * @param onSearch called when what has arrived by now is about to be found
 * @param knownOf which of many mails need not be described
 */
export async function listFolder(
  connection: ImapConnection,
  config: Pick<MailSenderConfig, 'selection' | 'search'>,
  uidValidity: string,
  { after, onSearch, knownOf }: { after?: number | undefined; onSearch?: () => void; knownOf?: KnownOf | undefined } = {},
): Promise<Listing> {
  const { client, during, notes } = connection;
  // Some servers search in what they showed last; NOOP lets them look for new mail.
  if (after === undefined) await during('searching the folder', () => client.noop());
  onSearch?.();
  // Before the search: a mail that arrives after it must not have a UID below.
  const nextUid = after === undefined ? await findNextUid(connection) : undefined;
  const query = after === undefined ? searchQuery(config) : { ...searchQuery(config), uid: `${after + 1}:*` };
  const uids = await findUids(connection, query);
  const mails =
    knownOf && uids.length > manyMails ? await describeUnknown(connection, uids, knownOf) : await describeMails(connection, uids);
  return {
    uidValidity,
    mails,
    ...(nextUid === undefined ? {} : { nextUid }),
    skippedBySearch: await countSkipped(connection, config, uids, after),
    notes: notes(),
  };
}

/** Of mails that are known only that they are there, and whether they are read. */
async function describeUnknown(connection: ImapConnection, uids: number[], knownOf: KnownOf): Promise<ListedMail[]> {
  const known = await knownOf(uids.map(String));
  const described = await describeMails(
    connection,
    uids.filter((uid) => !known.has(String(uid))),
  );
  if (known.size === 0) return described;
  const unread = new Set(await findUids(connection, { seen: false, deleted: false }));
  const others = uids
    .filter((uid) => known.has(String(uid)))
    .map((uid): ListedMail => ({ uid: String(uid), sizeBytes: 0, flags: unread.has(uid) ? [] : ['\\Seen'], isKnown: true }));
  return oldestFirst([...described, ...others]);
}

/** UIDNEXT as of now; SELECT told it as of then (RFC 9051, section 2.3.1.1). */
async function findNextUid(connection: ImapConnection): Promise<number> {
  const { mailbox } = connection.client;
  const atSelect = mailbox ? mailbox.uidNext : 1;
  if (!mailbox || mailbox.exists === 0) return atSelect;
  const highest = await findUids(connection, { uid: '*' });
  return Math.max(atSelect, ...highest.map((uid) => uid + 1));
}

/** Mails that Selection would list but Search does not want; not counted where only what has just arrived is looked at. */
async function countSkipped(
  connection: ImapConnection,
  { selection, search }: Pick<MailSenderConfig, 'selection' | 'search'>,
  found: number[],
  after: number | undefined,
): Promise<number> {
  if (isSearchEmpty(search) || after !== undefined) return 0;
  const all = await findUids(connection, searchQuery({ selection, search: {} }));
  return Math.max(0, all.length - found.length);
}

/** Those of these mails that are in the folder and not flagged \Deleted. */
export async function findMails(connection: ImapConnection, uids: string[]): Promise<ListedMail[]> {
  const found: number[] = [];
  for (const { set } of uidSets(ascending(uids))) found.push(...(await findUids(connection, { uid: set, deleted: false })));
  return describeMails(connection, found);
}

/** Mails that are read, of those that Search wants: of `uids`, and all from `fromUid` on. */
export async function findRead(
  connection: ImapConnection,
  { search }: Pick<MailSenderConfig, 'search'>,
  fromUid: number,
  uids: string[],
): Promise<string[]> {
  const query = { seen: true, deleted: false, ...contentQuery(search) };
  // n:* always has the last mail, also one below n.
  const recent = (await findUids(connection, { ...query, uid: `${fromUid}:*` })).filter((uid) => uid >= fromUid);
  const earlier: number[] = [];
  for (const { set } of uidSets(ascending(uids))) earlier.push(...(await findUids(connection, { ...query, uid: set })));
  return [...new Set([...earlier, ...recent])].map(String);
}

/** The heads of these mails; those that are gone are left out. */
export async function* readHeads({ client, during }: ImapConnection, mails: readonly ListedMail[]): AsyncGenerator<MailStart> {
  const uids = ascending(mails.map(({ uid }) => uid));
  const wanted = new Set(uids);
  for (let at = 0; at < uids.length; at += headsAtOnce) {
    const heads: MailStart[] = [];
    for (const { set } of uidSets(uids.slice(at, at + headsAtOnce))) {
      await during('reading heads', async () => {
        const query = { uid: true, bodyParts: [{ key: 'HEADER', start: 0, maxLength: headBytes }] };
        // imapflow hands the part HEADER out as the headers.
        for await (const { uid, headers } of client.fetch(set, query, { uid: true }))
          if (headers && wanted.delete(uid)) heads.push({ uid: String(uid), head: headers });
      });
    }
    yield* heads;
  }
}

async function findUids(connection: ImapConnection, query: SearchObject): Promise<number[]> {
  const uids = await connection.during('searching the folder', () => connection.client.search(query, { uid: true }));
  if (Array.isArray(uids)) return uids;
  throw new FlowError('MAIL_SEARCH_REFUSED', { address: addressText(connection.address) }, { details: connection.refusal() });
}

/** Oldest first. */
async function describeMails({ client, during }: ImapConnection, uids: number[]): Promise<ListedMail[]> {
  const wanted = new Set(uids);
  const mails: ListedMail[] = [];
  for (const { set } of uidSets(uids)) {
    await during('reading sizes', async () => {
      const query = { uid: true, size: true, flags: true, internalDate: true };
      for await (const { uid, size, flags, internalDate } of client.fetch(set, query, { uid: true })) {
        // Servers also send what was not asked for.
        if (size === undefined || !wanted.delete(uid)) continue;
        const arrivedAt = internalDate === undefined ? undefined : new Date(internalDate);
        mails.push({
          uid: String(uid),
          sizeBytes: size,
          flags: [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort(),
          ...(arrivedAt && !Number.isNaN(arrivedAt.getTime()) ? { arrivedAt } : {}),
        });
      }
    });
  }
  return oldestFirst(mails);
}

function oldestFirst(mails: ListedMail[]): ListedMail[] {
  return mails.sort((a, b) => Number(a.uid) - Number(b.uid));
}

function ascending(uids: readonly string[]): number[] {
  return uids.map(Number).sort((a, b) => a - b);
}
