import type { RawMail, ReadContext } from '../../ports/mailbox.ts';
import { contentSink, fileSink, type MailFile } from './mail-files.ts';
import { MimeReader, unreadable, type PartSink } from './mime-reader.ts';
import type { MimePart } from './parse-part.ts';
import { isEncryptedPart, isSmime, maxSmimeBytes, noSmime, openSmime, tooLargeSmime, type SmimeMail } from './smime.ts';
import { steady } from './steady.ts';
import { TextBody } from './text-body.ts';
import { isTnefPart, tnefContentSink, tnefSink, type TnefResult } from './tnef-file.ts';

/** What is in a mail, its protection taken off. */
export interface MailContent {
  /** The mail as it arrived: its headers count, not those inside of what was signed or encrypted. */
  root: MimePart;
  text: TextBody;
  files: MailFile[];
  /** What was not read as it was meant, one sentence each. */
  notices: string[];
  smime: SmimeMail;
}

/**
 * Reads a mail from front to back. What S/MIME protects is opened first; where that is not possible, the mail is read as it is.
 *
 * @throws FlowError MAIL_NOT_PARSEABLE; an error of `raw` or of the security material, and the reason of the signal pass through
 */
export async function readMailContent(raw: RawMail, context: ReadContext): Promise<MailContent> {
  const outer = await readLayer(raw.open(), context.signal, isSmime);
  if (!outer.isStopped) return outer;
  const smime = await openLayers(raw, outer.root, context);
  const inner = await readLayer(contentOf(raw, smime), context.signal);
  if (smime.inner && inner.smime.encryption.isEncrypted) {
    smime.encryption.isEncrypted = true;
    smime.encryption.errors.push(...inner.smime.encryption.errors);
  }
  return { ...inner, root: outer.root, smime };
}

/**
 * The bytes of one attachment, read again from the raw mail and never held in memory as a whole, but where it was encrypted or packed.
 *
 * @param index as in `MailContent.files` and `Message.attachments`
 * @throws FlowError MAIL_NOT_PARSEABLE if there is none at this place
 */
export async function* openAttachment(raw: RawMail, index: number, context: ReadContext): AsyncGenerator<Uint8Array> {
  const protectedRoot = yield* openFile(raw.open(), index, context.signal, isSmime);
  if (protectedRoot) yield* openFile(contentOf(raw, await openLayers(raw, protectedRoot, context)), index, context.signal);
}

async function openLayers(raw: RawMail, root: MimePart, context: ReadContext): Promise<SmimeMail> {
  if (raw.sizeBytes > maxSmimeBytes) return tooLargeSmime(root);
  return openSmime(await wholeOf(raw, context.signal), root.lines, context);
}

async function* contentOf(raw: RawMail, { inner }: SmimeMail): AsyncGenerator<Uint8Array> {
  if (inner) yield inner;
  else yield* raw.open();
}

/** @param stopsAt whether to stop as soon as the mail's own head is read, since there is something else to do first */
async function readLayer(
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  stopsAt: (root: MimePart) => boolean = () => false,
): Promise<MailContent & { isStopped: boolean }> {
  const text = new TextBody();
  const files: MailFile[] = [];
  const notices: string[] = [];
  const smime = noSmime();
  const unpacked: { part: MimePart; body: TnefResult['body'] }[] = [];
  const sinkOf = (part: MimePart): PartSink => {
    if (!isTnefPart(part)) return fileSink(part, (file) => files.push(file));
    return tnefSink(part, (result) => {
      files.push(...result.files);
      unpacked.push({ part, body: result.body });
      if (result.reason !== undefined) notices.push(`winmail.dat was not unpacked: ${result.reason}`);
    });
  };
  const reader = new MimeReader((part) => {
    if (isEncryptedPart(part)) {
      smime.encryption.isEncrypted = true;
      smime.encryption.errors.push('a part inside of the mail is encrypted, and stays an attachment');
    }
    const { isText, isFile } = text.roleOf(part);
    const sinks = [...(isText ? [text.sink(part)] : []), ...(isFile ? [sinkOf(part)] : [])];
    return { write: (bytes) => sinks.forEach((sink) => sink.write(bytes)), end: () => sinks.forEach((sink) => sink.end()) };
  });
  for await (const piece of steady(content, signal)) {
    reader.write(piece);
    if (reader.root && stopsAt(reader.root)) return { root: reader.root, text, files, notices, smime, isStopped: true };
  }
  const root = reader.end();
  for (const { part, body } of unpacked) if (body) text.addUnlessThereIsOne(body.contentType, body.content, part);
  return { root, text, files, notices, smime, isStopped: false };
}

/** @returns the mail itself when it stopped there; nothing was handed on then */
async function* openFile(
  content: AsyncIterable<Uint8Array>,
  index: number,
  signal: AbortSignal,
  stopsAt: (root: MimePart) => boolean = () => false,
): AsyncGenerator<Uint8Array, MimePart | undefined> {
  const text = new TextBody();
  let passed = 0;
  let isAtEnd = false;
  let found: Buffer[] = [];
  const keep = (bytes: Buffer) => found.push(bytes);
  const reader = new MimeReader((part) => {
    if (!text.roleOf(part).isFile || isAtEnd) return undefined;
    if (isTnefPart(part)) {
      return tnefContentSink(part, index - passed, keep, ({ count, isFound }) => {
        passed += count;
        isAtEnd = isFound;
      });
    }
    passed += 1;
    return passed === index + 1 ? contentSink(part, keep, () => (isAtEnd = true)) : undefined;
  });
  for await (const piece of steady(content, signal)) {
    reader.write(piece);
    if (reader.root && stopsAt(reader.root)) return reader.root;
    yield* found;
    found = [];
    if (isAtEnd) return undefined;
  }
  reader.end();
  yield* found;
  if (!isAtEnd) throw unreadable(`it has no attachment number ${index + 1}`);
  return undefined;
}

/** All bytes of a mail; only for mails that are known to be small enough. */
export async function wholeOf(raw: RawMail, signal: AbortSignal): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of steady(raw.open(), signal)) pieces.push(piece);
  return Buffer.concat(pieces);
}
