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

async function fetchBatch({ client, during }: ImapConnection, batch: ListedMail[]): Promise<FetchedMail[]> {
  const uids = batch.map(({ uid }) => Number(uid)).sort((a, b) => a - b);
  const fetched: FetchedMail[] = [];
  for (const { set } of uidSets(uids)) {
    await during('fetching mails', async () => {
      for await (const { uid, source } of client.fetch(set, { uid: true, source: true }, { uid: true })) {
        if (source) fetched.push({ uid: String(uid), bytes: source });
      }
    });
  }
  return fetched;
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

async function fetchPiece({ client, during }: ImapConnection, uid: string, start: number): Promise<Buffer | undefined> {
  const query = { uid: true, source: { start, maxLength: pieceBytes } };
  const mail = await during(`fetching mail ${uid}`, () => client.fetchOne(uid, query, { uid: true }));
  return mail ? mail.source : undefined;
}
