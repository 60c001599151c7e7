import { createHash } from 'node:crypto';
import { FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import { headIdPrefix, type ListedMail } from '../../ports/mailbox.ts';
import { Pop3Refusal } from './pop3-connection.ts';
import type { Pop3Link } from './pop3-sign-in.ts';

/** Which mails a POP3 server lists, and by which lasting ids they are known. */

/** RFC 1939, section 7 allows 70 characters; some servers use more, but not a page of them. */
const maxUidLength = 255;
/** So that a mailbox, or a server that makes one up, can't fill the memory. */
const maxMails = 400_000;
/** Mails that are told apart by their heads, which are read at each visit. */
const maxHeadIds = 2_000;
const headBytes = 64 * 1024;

export interface NumberedMail extends ListedMail {
  /** POP3's message number: counts within this session only. */
  msgNumber: number;
}

export interface Pop3Listing {
  /** By uid, oldest first. */
  mails: Map<string, NumberedMail>;
  /** Ids that more than one mail has: which of them is meant can't be told. */
  shared: Set<string>;
  notes: string[];
}

/**
 * LIST and UIDL. A mail whose id is missing, or that shares it with others (RFC 1939, section 7 lets a server make it from the content),
 * gets one from its head. Where the server does not give heads, or there are too many of those, they are left out.
 *
 * @throws FlowError MAIL_WITHOUT_UID when that leaves out all
 */
export async function listPop3(link: Pop3Link): Promise<Pop3Listing> {
  const sizes = await orFail(link.client.LIST(), (options) => {
    return new FlowError('MAIL_PROTOCOL_ERROR', { address: addressText(link.address), during: 'LIST' }, options);
  });
  // Some servers refuse UIDL for an empty mailbox.
  const ids = sizes.length === 0 ? new Map<number, string>() : await idsOf(link);
  const listed = numbered(sizes, ids);
  const byUid = Map.groupBy(listed, ({ uid }) => uid);
  const shared = new Set([...byUid].filter(([uid, mails]) => uid !== '' && mails.length > 1).map(([uid]) => uid));
  const known: Pop3Listing = { mails: new Map(), shared, notes: [] };
  const nameless = listed.filter(({ uid }) => uid === '' || shared.has(uid));
  const named =
    nameless.length === 0 ? new Map<number, string>() : await nameByHeads(link, nameless, nameless.length < listed.length, known);
  for (const mail of listed) {
    const isNameless = mail.uid === '' || shared.has(mail.uid);
    const uid = isNameless ? named.get(mail.msgNumber) : mail.uid;
    if (uid !== undefined) known.mails.set(uid, { ...mail, uid });
  }
  if (sizes.length > maxMails) known.notes.push(`The mailbox has ${sizes.length} mails; the oldest ${maxMails} are looked at.`);
  return known;
}

/** Whether the server gives heads. One that does not know CAPA is asked. */
export function mayGiveHeads({ capabilities }: Pick<Pop3Link, 'capabilities'>): boolean {
  return capabilities.size === 0 || capabilities.has('TOP');
}

/** Message number -> UIDL; empty where the server has none. */
async function idsOf({ client, address }: Pop3Link): Promise<Map<number, string>> {
  try {
    const ids = await client.UIDL();
    return new Map(
      ids.map(([msgNumber, uid = '']) => [Number(msgNumber), uid.length > maxUidLength || uid.startsWith(headIdPrefix) ? '' : uid]),
    );
  } catch (error) {
    if (!(error instanceof Pop3Refusal)) throw error;
    if (error.code !== 'SYS/TEMP') return new Map();
    const facts = { address: addressText(address), during: 'UIDL' };
    throw new FlowError('MAIL_PROTOCOL_ERROR', facts, { cause: error, details: error.message });
  }
}

function numbered(sizes: string[][], ids: Map<number, string>): NumberedMail[] {
  return sizes.slice(0, maxMails).flatMap(([first, second]) => {
    const msgNumber = Number(first);
    const sizeBytes = Number(second);
    if (!Number.isSafeInteger(msgNumber) || msgNumber < 1 || !Number.isSafeInteger(sizeBytes)) return [];
    return [{ msgNumber, sizeBytes, uid: ids.get(msgNumber) ?? '' }];
  });
}

/** @returns message number -> id; copies of one mail share theirs, and the first stands for them */
async function nameByHeads(
  link: Pop3Link,
  nameless: NumberedMail[],
  hasOthers: boolean,
  { notes }: Pop3Listing,
): Promise<Map<number, string>> {
  const leaveOut = (why: string) => {
    const text = `${nameless.length} mail(s) have no id of their own, and ${why}`;
    if (!hasOthers) throw new FlowError('MAIL_WITHOUT_UID', { address: addressText(link.address), protocol: 'POP3' }, { details: text });
    notes.push(`${text}: they are left on the server.`);
    return new Map<number, string>();
  };
  if (!mayGiveHeads(link)) return leaveOut('the server does not give their headers (TOP) to tell them apart');
  if (nameless.length > maxHeadIds) return leaveOut(`only ${maxHeadIds} can be told apart by their headers`);
  const sizeOf = new Map(nameless.map(({ msgNumber, sizeBytes }) => [msgNumber, sizeBytes]));
  const hashes = new Map<number, string>();
  const options = { isPipelined: link.capabilities.has('PIPELINING'), maxBytes: headBytes };
  for await (const { msgNumber, head } of link.client.heads([...sizeOf.keys()], options)) {
    if (head) hashes.set(msgNumber, hashOfHead(head));
  }
  if (hashes.size === 0) return leaveOut('the server does not give their headers (TOP) to tell them apart');
  const sizes = Map.groupBy([...hashes], ([, hash]) => hash);
  const names = new Map<number, string>();
  const taken = new Set<string>();
  for (const [msgNumber, hash] of hashes) {
    const isSized = new Set(sizes.get(hash)?.map(([other]) => sizeOf.get(other))).size > 1;
    const name = `${headIdPrefix}${hash}${isSized ? `-${sizeOf.get(msgNumber)}` : ''}`;
    if (!taken.has(name)) names.set(msgNumber, name);
    taken.add(name);
  }
  notes.push(headIdNote(nameless.length, hashes.size - names.size, nameless.length - hashes.size));
  return names;
}

function headIdNote(count: number, copies: number, refused: number): string {
  return [
    `The server gave no id of their own to ${count} mail(s): they are told apart by their headers.`,
    ...(copies > 0 ? [`${copies} of them are copies of others and count once.`] : []),
    ...(refused > 0 ? [`${refused} of them are left on the server, since it does not give their headers.`] : []),
  ].join(' ');
}

/** Lines that servers and mail programs change as a mail is read. */
const volatileLine = /^(status|x-status|x-uidl?|x-keywords|x-mozilla-\w+|content-length|lines):/i;

function hashOfHead(head: Buffer): string {
  const lines = head.toString('latin1').split(/\r?\n/);
  const lasting = lines.filter((line) => !volatileLine.test(line));
  return createHash('sha256').update(lasting.join('\n').trimEnd(), 'latin1').digest('hex').slice(0, 40);
}

async function orFail<T>(answer: Promise<T>, refused: (options: { cause: unknown; details: string }) => FlowError): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Pop3Refusal)) throw error;
    throw refused({ cause: error, details: error.message });
  }
}
