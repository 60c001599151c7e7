import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import type { Json, Message, MessageBody } from '../../../shared/flow.ts';
import type { RawMail, ReadContext, ReadMail } from '../../ports/mailbox.ts';
import { authenticationProperties } from './authentication-results.ts';
import { contentSink, fileSink, type MailFile } from './mail-files.ts';
import { kindProperties } from './mail-kind.ts';
import { duplicateHeaders, messageHeaders } from './message-headers.ts';
import { MimeReader, unreadable, type PartSink } from './mime-reader.ts';
import { firstValue } from './parse-head.ts';
import { attachmentNames } from './parse-names.ts';
import type { MimePart } from './parse-part.ts';
import { maxRawTextBytes, rawText } from './raw-text.ts';
import { steady } from './steady.ts';
import { TextBody } from './text-body.ts';
import { isTnefPart, tnefContentSink, tnefSink, type TnefResult } from './tnef-file.ts';

/** What of a channel's configuration decides how its mails are read. */
export type ReadConfig = Pick<
  MailSenderConfig,
  'protocol' | 'folder' | 'body' | 'allowedHeaders' | 'removeAttachments' | 'includeOriginal' | 'decodeMimeHeaders' | 'trustedAuthservId'
>;

/** More than any mail has; each becomes a header of the message. */
const maxHeaderLines = 10_000;
const bytesPerMb = 1024 * 1024;

/**
 * Reads a mail into a message: its headers, one body, and what its attachments are. Their content stays in the raw mail.
 *
 * @throws FlowError MAIL_NOT_PARSEABLE; an error of `raw` or of the security material, and the reason of `signal` pass through
 */
export async function parse(raw: RawMail, config: ReadConfig, context: ReadContext): Promise<ReadMail> {
  const { root, text, files, notices } = await readContent(raw.open(), context.signal);
  const { lines } = root;
  if (lines.length > maxHeaderLines) throw unreadable(`it has more than ${maxHeaderLines} header lines`);
  const names = attachmentNames(files);
  const attachments = files.map(({ contentType, sizeBytes, disposition, contentId }, index) => ({
    index,
    name: names[index] ?? '',
    contentType,
    sizeBytes,
    disposition,
    ...(contentId === undefined ? {} : { contentId }),
  }));
  const duplicates = duplicateHeaders(lines);
  const message: Message = {
    headers: messageHeaders(lines, config.allowedHeaders, config.decodeMimeHeaders),
    properties: {
      ...originProperties(config, context),
      'mail.size': raw.sizeBytes,
      'mail.messageId': firstValue(lines, 'message-id'),
      ...(duplicates.length > 0 ? { 'mail.duplicateHeaders': duplicates } : {}),
      ...(notices.length > 0 ? { 'mail.notices': notices } : {}),
      ...kindProperties(root),
      ...authenticationProperties(lines, config.trustedAuthservId),
      ...(config.includeOriginal ? await originalProperties(raw, context.signal) : {}),
    },
    body: config.body === 'mime' ? await mimeBody(raw, context.signal) : text.body(config.body),
    attachments: config.removeAttachments ? [] : attachments,
  };
  return { message, summary: [attachmentsText(files.length, config), ...notices].join('; ') };
}

function attachmentsText(count: number, { removeAttachments }: ReadConfig): string {
  const attachments = count === 1 ? '1 attachment' : `${count} attachments`;
  return removeAttachments && count > 0 ? `${attachments}, removed` : attachments;
}

interface MailContent {
  root: MimePart;
  text: TextBody;
  files: MailFile[];
  /** What was not read as it was meant, one sentence each. */
  notices: string[];
}

async function readContent(content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<MailContent> {
  const text = new TextBody();
  const files: MailFile[] = [];
  const notices: string[] = [];
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
    const { isText, isFile } = text.roleOf(part);
    const sinks = [...(isText ? [text.sink(part)] : []), ...(isFile ? [sinkOf(part)] : [])];
    return { write: (bytes) => sinks.forEach((sink) => sink.write(bytes)), end: () => sinks.forEach((sink) => sink.end()) };
  });
  for await (const piece of steady(content, signal)) reader.write(piece);
  const root = reader.end();
  for (const { part, body } of unpacked) if (body) text.addUnlessThereIsOne(body.contentType, body.content, part);
  return { root, text, files, notices };
}

/**
 * The bytes of one attachment, read again from the raw mail and never held in memory as a whole.
 *
 * @param index as in `Message.attachments`
 * @throws FlowError MAIL_NOT_PARSEABLE if there is none at this place
 */
export async function* openAttachment(raw: RawMail, index: number, { signal }: ReadContext): AsyncGenerator<Uint8Array> {
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
  for await (const piece of steady(raw.open(), signal)) {
    reader.write(piece);
    yield* found;
    found = [];
    if (isAtEnd) return;
  }
  reader.end();
  yield* found;
  if (!isAtEnd) throw unreadable(`it has no attachment number ${index + 1}`);
}

/** POP3 knows neither folders nor UIDVALIDITY. */
function originProperties({ protocol, folder }: ReadConfig, { origin }: ReadContext): Record<string, Json> {
  if (!origin) return {};
  return {
    'mail.uid': origin.uid,
    ...(protocol === 'imap4' ? { 'mail.uidValidity': origin.epoch } : {}),
    'mail.folder': protocol === 'imap4' ? folder : 'INBOX',
    'mail.receivedAt': origin.receivedAt.toISOString(),
  };
}

async function mimeBody(raw: RawMail, signal: AbortSignal): Promise<MessageBody> {
  if (raw.sizeBytes > maxRawTextBytes) throw unreadable(tooLargeFor('Body is Whole mail as MIME', raw));
  const { text, charset } = rawText(await bytesOf(raw, signal));
  return { contentType: charset === 'utf-8' ? 'message/rfc822' : `message/rfc822; charset=${charset}`, text };
}

async function originalProperties(raw: RawMail, signal: AbortSignal): Promise<Record<string, Json>> {
  if (raw.sizeBytes > maxRawTextBytes) return { 'mail.original': null, 'mail.originalNotice': tooLargeFor('mail.original', raw) };
  const { text, charset } = rawText(await bytesOf(raw, signal));
  return { 'mail.original': text, 'mail.originalCharset': charset };
}

function tooLargeFor(use: string, { sizeBytes }: RawMail): string {
  return `it has ${(sizeBytes / bytesPerMb).toFixed(1)} MB, and ${use} holds ${maxRawTextBytes / bytesPerMb} MB at most`;
}

async function bytesOf(raw: RawMail, signal: AbortSignal): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of steady(raw.open(), signal)) pieces.push(piece);
  return Buffer.concat(pieces);
}
