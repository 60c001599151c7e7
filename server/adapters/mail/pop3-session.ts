import { asFlowError, FlowError, type ErrorView } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import type { FetchedMail, ListedMail, Listing, MailboxSession, SenderContext, SettleItem, SettleResult } from '../../ports/mailbox.ts';
import type { Credential } from '../../ports/secrets.ts';
import { defaultProgressMs } from './deadlines.ts';
import { Pop3Refusal } from './pop3-connection.ts';
import { connectPop3, signInPop3, type Pop3Link } from './pop3-sign-in.ts';

/** Up to here a mail is handed out in one piece. */
const smallMailBytes = 1024 * 1024;
/** RFC 1939, section 7 allows 70 characters; some servers use more, but not a page of them. */
const maxUidLength = 255;
/** So that a mailbox, or a server that makes one up, can't fill the memory. */
const maxMails = 400_000;
/** How many ids a note names. */
const maxNamed = 10;

/**
 * One visit to a POP3 mailbox.
 *
 * @param progressMs longest silence while the server is at work; connecting and greeting have the channel's Timeout
 * @throws FlowError MAIL_*: connecting, protection, sign-in
 */
export async function openPop3Session(
  config: MailSenderConfig,
  credential: Credential,
  context: Pick<SenderContext, 'secrets' | 'signal'>,
  { progressMs = defaultProgressMs } = {},
): Promise<MailboxSession> {
  const link = await connectPop3(config, context, progressMs);
  await signInPop3(link, config, credential);
  return new Pop3Session(link, config.maxMailMb * 1024 * 1024);
}

interface NumberedMail extends ListedMail {
  /** POP3's message number: counts within this session only. */
  msgNumber: number;
}

interface Known {
  mails: Map<string, NumberedMail>;
  /** UIDLs that more than one mail has: which of them is meant can't be told. */
  ambiguous: Set<string>;
  notes: string[];
}

class Pop3Session implements MailboxSession {
  readonly #link: Pop3Link;
  readonly #isPipelined: boolean;
  readonly #maxBytes: number;
  #known: Known | undefined;
  /** UIDLs marked with DELE; gone for good only after +OK to QUIT. */
  readonly #marked = new Set<string>();

  constructor(link: Pop3Link, maxMailBytes: number) {
    this.#link = link;
    this.#isPipelined = link.capabilities.has('PIPELINING');
    // Room for a server whose LIST counts line ends as one byte; whoever stores the mail enforces the channel's limit exactly.
    this.#maxBytes = 2 * maxMailBytes;
  }

  async list(): Promise<Listing> {
    const { mails, notes } = await this.#listed();
    return {
      uidValidity: '',
      mails: [...mails.values()].map(({ uid, sizeBytes }) => ({ uid, sizeBytes })),
      notes: [...this.#link.notes(), ...notes],
    };
  }

  async *fetch(mails: ListedMail[]): AsyncGenerator<FetchedMail, void, void> {
    const known = await this.#listed();
    const wanted = new Map(mails.map(({ uid }) => [known.mails.get(uid)?.msgNumber ?? 0, uid]));
    wanted.delete(0);
    const options = { isPipelined: this.#isPipelined, maxBytes: this.#maxBytes };
    for await (const { msgNumber, bytes } of this.#link.client.retrieve([...wanted.keys()], options)) {
      const uid = wanted.get(msgNumber) ?? '';
      const { start, isWhole } = await readStart(bytes);
      if (isWhole) {
        yield { uid, bytes: start };
        continue;
      }
      yield { uid, bytes: continued(start, bytes) };
      await readToEnd(bytes);
    }
  }

  async settle(items: SettleItem[]): Promise<SettleResult[]> {
    const known = await this.#listed();
    const results: SettleResult[] = [];
    const wanted: NumberedMail[] = [];
    for (const { uid, action } of items) {
      const mail = known.mails.get(uid);
      if (action !== 'delete') results.push({ uid, error: notSettled(action, 'POP3 knows no folders and no flags') });
      else if (known.ambiguous.has(uid)) results.push({ uid, error: notSettled(action, 'more than one mail has this id') });
      else if (!mail) results.push({ uid, isGone: true });
      else if (!this.#marked.has(uid)) wanted.push(mail);
    }
    const refusals = await this.#link.client.deleteAll(
      wanted.map(({ msgNumber }) => msgNumber),
      this.#isPipelined,
    );
    wanted.forEach(({ uid }, index) => {
      const refusal = refusals[index];
      if (refusal) results.push({ uid, error: notSettled('delete', refusal.message) });
      else this.#marked.add(uid);
    });
    return results;
  }

  /** A deletion that QUIT did not confirm is a result with an error: the mail may still be there. */
  async close(): Promise<SettleResult[]> {
    const marked = [...this.#marked];
    this.#marked.clear();
    try {
      await this.#link.client.QUIT();
      return marked.map((uid) => ({ uid }));
    } catch (error) {
      const view = error instanceof Pop3Refusal ? notSettled('delete', error.message) : asFlowError(error).view();
      return marked.map((uid) => ({ uid, error: view }));
    }
  }

  destroy(): void {
    this.#link.client.destroy();
  }

  /** Numbers and ids stay as they are for the whole session (RFC 1939, section 5), so one listing is enough. */
  async #listed(): Promise<Known> {
    this.#known ??= await this.#ask();
    return this.#known;
  }

  async #ask(): Promise<Known> {
    const sizes = await this.#orFail(this.#link.client.LIST(), (address, options) => {
      return new FlowError('MAIL_PROTOCOL_ERROR', { address, during: 'LIST' }, options);
    });
    // Some servers refuse UIDL for an empty mailbox.
    if (sizes.length === 0) return knownMails([], []);
    const ids = await this.#orFail(this.#link.client.UIDL(), (address, options) => {
      if (options.cause.code === 'SYS/TEMP') return new FlowError('MAIL_PROTOCOL_ERROR', { address, during: 'UIDL' }, options);
      return new FlowError('MAIL_WITHOUT_UID', { address, protocol: 'POP3' }, options);
    });
    return knownMails(ids, sizes);
  }

  async #orFail<T>(
    answer: Promise<T>,
    refused: (address: string, options: { cause: Pop3Refusal; details: string }) => FlowError,
  ): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof Pop3Refusal)) throw error;
      throw refused(addressText(this.#link.address), { cause: error, details: error.message });
    }
  }
}

/** Joins the answers to UIDL and LIST; oldest first. */
function knownMails(ids: string[][], sizes: string[][]): Known {
  const uidOf = new Map(ids.map(([msgNumber, uid = '']) => [Number(msgNumber), uid]));
  const known: Known = { mails: new Map(), ambiguous: new Set(), notes: [] };
  let unusable = 0;
  for (const [first, second] of sizes.slice(0, maxMails)) {
    const msgNumber = Number(first);
    const sizeBytes = Number(second);
    const uid = uidOf.get(msgNumber) ?? '';
    if (!Number.isSafeInteger(msgNumber) || msgNumber < 1 || !Number.isSafeInteger(sizeBytes) || uid === '' || uid.length > maxUidLength) {
      unusable += 1;
    } else if (known.mails.has(uid)) {
      known.ambiguous.add(uid);
    } else {
      known.mails.set(uid, { uid, sizeBytes, msgNumber });
    }
  }
  for (const uid of known.ambiguous) known.mails.delete(uid);
  if (known.ambiguous.size > 0) {
    const some = [...known.ambiguous].slice(0, maxNamed).join(', ');
    const more = known.ambiguous.size > maxNamed ? ` and ${known.ambiguous.size - maxNamed} more` : '';
    known.notes.push(`Mails that share an id can't be told apart and are left on the server: ${some}${more}.`);
  }
  if (unusable > 0) known.notes.push(`${unusable} mail(s) without a usable id are left on the server.`);
  if (sizes.length > maxMails) known.notes.push(`The mailbox has ${sizes.length} mails; the oldest ${maxMails} are looked at.`);
  return known;
}

function notSettled(action: string, details: string): ErrorView {
  return new FlowError('MAIL_POST_PROCESSING_FAILED', { action, count: 1 }, { details }).view();
}

/** Reads until the mail ends or is no longer small. */
async function readStart(bytes: AsyncGenerator<Buffer, void, void>): Promise<{ start: Buffer; isWhole: boolean }> {
  const pieces: Buffer[] = [];
  let length = 0;
  while (length <= smallMailBytes) {
    const next = await bytes.next();
    if (next.done) return { start: Buffer.concat(pieces), isWhole: true };
    pieces.push(next.value);
    length += next.value.length;
  }
  return { start: Buffer.concat(pieces), isWhole: false };
}

/** Whoever stops reading this one leaves the rest to `readToEnd`: `for await` over `bytes` itself would close it half-way. */
async function* continued(start: Buffer, bytes: AsyncGenerator<Buffer, void, void>): AsyncGenerator<Buffer, void, void> {
  yield start;
  for (let next = await bytes.next(); !next.done; next = await bytes.next()) yield next.value;
}

async function readToEnd(bytes: AsyncGenerator<Buffer, void, void>): Promise<void> {
  while (!(await bytes.next()).done);
}
