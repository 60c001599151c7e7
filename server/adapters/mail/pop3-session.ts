import { asFlowError, FlowError, type ErrorView } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import type {
  FetchedMail,
  ListedMail,
  Listing,
  MailboxSession,
  MailStart,
  SenderContext,
  SettleItem,
  SettleResult,
} from '../../ports/mailbox.ts';
import type { Credential } from '../../ports/secrets.ts';
import { defaultProgressMs } from './deadlines.ts';
import { greetingWords } from './greet.ts';
import { readHead } from './parse-head.ts';
import { Pop3Refusal } from './pop3-connection.ts';
import { listPop3, mayGiveHeads, type NumberedMail, type Pop3Listing } from './pop3-listing.ts';
import { connectPop3, signInPop3, type Pop3Link } from './pop3-sign-in.ts';

/** Up to here a mail is handed out in one piece. */
const smallMailBytes = 1024 * 1024;
const headBytes = 64 * 1024;

/**
 * One visit to a POP3 mailbox.
 *
 * @param options progressMs: longest silence while the server is at work; connecting and greeting have the channel's Timeout;
 *   isPeek: mails are fetched with TOP where the server has it, since some servers mark as read what RETR has fetched
 * @throws FlowError MAIL_*: connecting, protection, sign-in
 */
export async function openPop3Session(
  config: MailSenderConfig,
  credential: Credential,
  context: Pick<SenderContext, 'secrets' | 'signal'>,
  { progressMs = defaultProgressMs, isPeek = false } = {},
): Promise<MailboxSession> {
  const link = await connectPop3(config, context, progressMs);
  await signInPop3(link, config, credential);
  return new Pop3Session(link, { maxMailBytes: config.maxMailMb * 1024 * 1024, isPeek });
}

class Pop3Session implements MailboxSession {
  readonly uidValidity = '';
  readonly greeting: string;
  readonly #link: Pop3Link;
  readonly #isPipelined: boolean;
  readonly #maxBytes: number;
  readonly #fetchesBy: ('RETR' | 'TOP')[];
  #known: Pop3Listing | undefined;
  /** UIDLs marked with DELE; gone for good only after +OK to QUIT. */
  readonly #marked = new Set<string>();

  constructor(link: Pop3Link, { maxMailBytes, isPeek }: { maxMailBytes: number; isPeek: boolean }) {
    this.#link = link;
    this.greeting = greetingWords(link.client.greeting);
    this.#isPipelined = link.capabilities.has('PIPELINING');
    // Room for a server whose LIST counts line ends as one byte; whoever stores the mail enforces the channel's limit exactly.
    this.#maxBytes = 2 * maxMailBytes;
    this.#fetchesBy = isPeek && link.capabilities.has('TOP') ? ['TOP', 'RETR'] : ['RETR'];
  }

  async list(): Promise<Listing> {
    const { mails, notes } = await this.#listed();
    return {
      uidValidity: '',
      mails: [...mails.values()].map(({ uid, sizeBytes }) => ({ uid, sizeBytes })),
      skippedBySearch: 0,
      notes: [...this.#link.notes(), ...notes],
    };
  }

  async *fetch(mails: ListedMail[]): AsyncGenerator<FetchedMail, void, void> {
    const known = await this.#listed();
    const wanted = new Map(mails.map(({ uid }) => [known.mails.get(uid)?.msgNumber ?? 0, uid]));
    wanted.delete(0);
    const maxBytes = Math.max(this.#maxBytes, ...mails.map(({ allowedBytes = 0 }) => 2 * allowedBytes));
    // What a server does not give by TOP it may give by RETR.
    for (const by of this.#fetchesBy) {
      const options = { isPipelined: this.#isPipelined, maxBytes, by };
      for await (const { msgNumber, bytes } of this.#link.client.retrieve([...wanted.keys()], options)) {
        const uid = wanted.get(msgNumber) ?? '';
        wanted.delete(msgNumber);
        const { start, isWhole } = await readStart(bytes);
        if (isWhole) {
          yield { uid, bytes: start };
          continue;
        }
        yield { uid, bytes: continued(start, bytes) };
        await readToEnd(bytes);
      }
      if (wanted.size === 0) return;
    }
  }

  async *heads(mails: ListedMail[]): AsyncGenerator<MailStart, void, void> {
    const known = await this.#listed();
    const wanted = new Map(mails.map(({ uid }) => [known.mails.get(uid)?.msgNumber ?? 0, uid]));
    wanted.delete(0);
    if (wanted.size === 0) return;
    let refusal: Pop3Refusal | undefined;
    let given = 0;
    if (mayGiveHeads(this.#link)) {
      const options = { isPipelined: this.#isPipelined, maxBytes: headBytes };
      for await (const answer of this.#link.client.heads([...wanted.keys()], options)) {
        refusal ??= answer.refusal;
        if (!answer.head) continue;
        given += 1;
        yield { uid: wanted.get(answer.msgNumber) ?? '', head: answer.head };
      }
    }
    if (given === 0) {
      const details = refusal ? { details: refusal.message } : {};
      throw new FlowError('MAIL_HEADS_NOT_OFFERED', { address: addressText(this.#link.address) }, details);
    }
  }

  async find(uids: string[]): Promise<ListedMail[]> {
    const { mails } = await this.#listed();
    return uids.flatMap((uid) => {
      const mail = mails.get(uid);
      return mail ? [{ uid, sizeBytes: mail.sizeBytes }] : [];
    });
  }

  async settle(items: SettleItem[]): Promise<SettleResult[]> {
    const known = await this.#listed();
    const results: SettleResult[] = [];
    const wanted: NumberedMail[] = [];
    const doubtful = new Map<NumberedMail, SettleItem>();
    for (const item of items) {
      const { uid, action, listedBytes } = item;
      const mail = known.mails.get(uid);
      if (action !== 'delete') results.push({ uid, error: notSettled(action, 'POP3 knows no folders and no flags') });
      else if (known.shared.has(uid)) results.push({ uid, error: notSettled(action, 'more than one mail has this id') });
      else if (!mail) results.push({ uid, isGone: true });
      else if (this.#marked.has(uid)) continue;
      else if (listedBytes && listedBytes !== mail.sizeBytes) doubtful.set(mail, item);
      else wanted.push(mail);
    }
    for (const mail of await this.#stillTheSame(doubtful)) wanted.push(mail);
    for (const [mail, { uid }] of doubtful) if (!wanted.includes(mail)) results.push({ uid, error: notSettled('delete', otherMail) });
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

  /** A server that uses an id again gives it to another mail; one that only counts sizes otherwise than before has the same Message-ID. */
  async #stillTheSame(doubtful: Map<NumberedMail, SettleItem>): Promise<NumberedMail[]> {
    if (doubtful.size === 0 || !mayGiveHeads(this.#link)) return [];
    const byNumber = new Map([...doubtful].map(([mail, item]) => [mail.msgNumber, { mail, item }]));
    const same: NumberedMail[] = [];
    const options = { isPipelined: this.#isPipelined, maxBytes: headBytes };
    for await (const { msgNumber, head } of this.#link.client.heads([...byNumber.keys()], options)) {
      const found = byNumber.get(msgNumber);
      if (head && found && found.item.messageId !== '' && readHead(head).messageId.startsWith(found.item.messageId)) same.push(found.mail);
    }
    return same;
  }

  /** Numbers and ids stay as they are for the whole session (RFC 1939, section 5), so one listing is enough. */
  async #listed(): Promise<Pop3Listing> {
    this.#known ??= await listPop3(this.#link);
    return this.#known;
  }
}

const otherMail = 'the server has given its id to another mail, which stays';

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
