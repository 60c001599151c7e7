import type { SearchObject } from 'imapflow';
import { FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import type { SettleItem } from '../../ports/mailbox.ts';
import type { ImapConnection } from './imap-client.ts';
import { hashMail } from './imap-fetch.ts';
import { uidSets } from './imap-sets.ts';

/** Whether mails are in the archive already: looked up before they are moved there once more. */

interface Facts {
  sizeBytes: number;
  /** INTERNALDATE, which a copy keeps (RFC 9051, section 6.4.7). */
  arrivedAt: Date | undefined;
}

const msPerDay = 24 * 60 * 60 * 1000;

/**
 * Which of these mails have a copy in `destination`: the same Message-ID (or, without one, the same arrival), the same size and the
 * same bytes. Anything less would take another mail for the copy, and the original would be lost.
 *
 * @returns their uids
 */
export async function alreadyCopied(connection: ImapConnection, group: SettleItem[], destination: string): Promise<Set<string>> {
  const copied = new Set<string>();
  if (group.length === 0) return copied;
  const originals = await readFacts(
    connection,
    group.map(({ uid }) => Number(uid)),
  );
  await inOtherFolder(connection, destination, async () => {
    for (const item of group) {
      const original = originals.get(Number(item.uid));
      if (original && (await hasCopy(connection, item, original))) copied.add(item.uid);
    }
  });
  return copied;
}

async function hasCopy(connection: ImapConnection, { messageId, contentHash }: SettleItem, original: Facts): Promise<boolean> {
  const found = await connection.during('searching the archive', () =>
    connection.client.search(candidateQuery(messageId, original), { uid: true }),
  );
  if (!Array.isArray(found)) {
    const details = connection.refusal();
    throw new FlowError('MAIL_POST_PROCESSING_FAILED', { action: 'archive', count: 1 }, details ? { details } : {});
  }
  for (const [uid, facts] of await readFacts(connection, found)) {
    if (facts.sizeBytes !== original.sizeBytes) continue;
    if (messageId === '' && facts.arrivedAt?.getTime() !== original.arrivedAt?.getTime()) continue;
    // Mails of older versions have no hash: their Message-ID and size have to do.
    if (!contentHash ? messageId !== '' : (await hashMail(connection, String(uid))) === contentHash) return true;
  }
  return false;
}

/** Days are compared in the server's time zone, so a day on either side is looked at, too. */
function candidateQuery(messageId: string, { sizeBytes, arrivedAt }: Facts): SearchObject {
  if (messageId !== '') return { header: { 'message-id': messageId }, deleted: false };
  const day = Math.floor((arrivedAt?.getTime() ?? 0) / msPerDay) * msPerDay;
  return {
    deleted: false,
    larger: sizeBytes - 1,
    smaller: sizeBytes + 1,
    ...(arrivedAt ? { since: new Date(day - msPerDay), before: new Date(day + 2 * msPerDay) } : {}),
  };
}

async function readFacts({ client, during }: ImapConnection, uids: number[]): Promise<Map<number, Facts>> {
  const wanted = new Set(uids);
  const facts = new Map<number, Facts>();
  for (const { set } of uidSets([...uids].sort((a, b) => a - b))) {
    await during('reading sizes', async () => {
      for await (const { uid, size, internalDate } of client.fetch(set, { uid: true, size: true, internalDate: true }, { uid: true })) {
        if (size !== undefined && wanted.has(uid))
          facts.set(uid, { sizeBytes: size, arrivedAt: internalDate === undefined ? undefined : new Date(internalDate) });
      }
    });
  }
  return facts;
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
