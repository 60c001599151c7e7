import { createHash } from 'node:crypto';
import { FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import type { FetchedMail, ListedMail } from '../../ports/mailbox.ts';
import type { ImapConnection } from './imap-client.ts';
import { uidSets } from './imap-sets.ts';

const mib = 1024 * 1024;
/** Larger mails are streamed in pieces of this size. */
const pieceBytes = 2 * mib;
const batchMails = 50;
const batchBytes = 8 * mib;

/**
 * Small mails in batches, each batch read whole while the one before is being consumed; then large mails one at a time.
 * One FETCH per mail would cost several times as much.
 */
export async function* fetchMails(connection: ImapConnection, mails: readonly ListedMail[]): AsyncGenerator<FetchedMail> {
  const batches = inBatches(mails.filter(({ sizeBytes }) => sizeBytes <= pieceBytes));
  let next = startBatch(connection, batches.shift());
  while (next) {
    const fetched = await next;
    next = startBatch(connection, batches.shift());
    yield* fetched;
  }
  for (const mail of mails) {
    if (mail.sizeBytes <= pieceBytes) continue;
    const first = await fetchPiece(connection, mail.uid, 0);
    if (first) yield { uid: mail.uid, bytes: pieces(connection, mail.uid, first) };
  }
}

/** SHA-256 of a mail's bytes, in hex; undefined when it is gone. */
export async function hashMail(connection: ImapConnection, uid: string): Promise<string | undefined> {
  const first = await fetchPiece(connection, uid, 0);
  if (!first) return undefined;
  const hash = createHash('sha256');
  for await (const piece of pieces(connection, uid, first)) hash.update(piece);
  return hash.digest('hex');
}

function inBatches(mails: readonly ListedMail[]): ListedMail[][] {
  const batches: ListedMail[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const mail of mails) {
    const last = batches.at(-1);
    if (last && last.length < batchMails && size + mail.sizeBytes <= batchBytes) {
      last.push(mail);
      size += mail.sizeBytes;
    } else {
      batches.push([mail]);
      size = mail.sizeBytes;
    }
  }
  return batches;
}

function startBatch(connection: ImapConnection, batch: ListedMail[] | undefined): Promise<FetchedMail[]> | undefined {
  if (!batch) return undefined;
  const fetched = fetchBatch(connection, batch);
  // Whoever stops reading early never awaits the batch begun ahead; its failure must not end the process.
  fetched.catch(() => {});
  return fetched;
}

async function fetchBatch(connection: ImapConnection, batch: ListedMail[]): Promise<FetchedMail[]> {
  const uids = batch.map(({ uid }) => Number(uid)).sort((a, b) => a - b);
  const missing = new Set(uids);
  const fetched: FetchedMail[] = [];
  for (const { set } of uidSets(uids)) {
    await connection.during('fetching mails', async () => {
      for await (const { uid, source } of connection.client.fetch(set, { uid: true, source: true }, { uid: true })) {
        if (!source) continue;
        if (!missing.delete(uid)) throw notAsked(connection, `mail ${uid}`);
        fetched.push({ uid: String(uid), bytes: source });
      }
    });
  }
  return fetched;
}

/** What a server sends without having been asked may be endless, and is nothing that we know the origin of. */
function notAsked({ address, destroy }: ImapConnection, what: string): FlowError {
  destroy();
  const facts = { address: addressText(address), during: 'fetching mails' };
  return new FlowError('MAIL_PROTOCOL_ERROR', facts, { details: `the server sent ${what}, which was not asked for` });
}

/** Asks for the next piece only when the one before has been taken: that is the back-pressure. */
async function* pieces(connection: ImapConnection, uid: string, first: Buffer): AsyncGenerator<Uint8Array> {
  let start = 0;
  let piece: Buffer | undefined = first;
  while (piece && piece.length > 0) {
    yield piece;
    if (piece.length < pieceBytes) return;
    start += piece.length;
    piece = await fetchPiece(connection, uid, start);
  }
}

async function fetchPiece(connection: ImapConnection, uid: string, start: number): Promise<Buffer | undefined> {
  const query = { uid: true, source: { start, maxLength: pieceBytes } };
  const mail = await connection.during(`fetching mail ${uid}`, () => connection.client.fetchOne(uid, query, { uid: true }));
  if (!mail) return undefined;
  if (mail.uid !== Number(uid)) throw notAsked(connection, `mail ${mail.uid}`);
  if ((mail.source?.length ?? 0) > pieceBytes) throw notAsked(connection, `more than ${pieceBytes} bytes of mail ${uid}`);
  return mail.source;
}
