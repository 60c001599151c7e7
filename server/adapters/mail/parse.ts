import type { AttachmentStream, MessageText } from 'mailparser';
import { FlowError } from '../../../shared/errors.ts';
import type { Attachment, Json, Message, MessageBody } from '../../../shared/flow.ts';
import type { RawMail } from '../../ports/mailbox.ts';
import { HeadCollector, parseHead, type HeaderLine } from './parse-head.ts';
import { attachmentNames, type UnnamedAttachment } from './parse-names.ts';
import { partsOf } from './parse-parts.ts';

/**
 * Reads a mail into a message: decoded headers, one text body, and what its attachments are. Their content stays in the raw mail.
 *
 * @throws FlowError MAIL_NOT_PARSEABLE; an error of `raw` or the reason of `signal` passes through
 */
export async function parse(raw: RawMail, signal: AbortSignal): Promise<Message> {
  const head = new HeadCollector();
  const found: FoundAttachment[] = [];
  let body: MessageBody = { contentType: 'text/plain', text: '' };
  for await (const part of partsOf(raw, signal, (chunk) => head.add(chunk))) {
    if (part.type === 'text') {
      body = bodyOf(part);
      continue;
    }
    await drain(part.read());
    found.push(describe(part.facts));
  }
  const lines = parseHead(head.bytes);
  refuseWithoutBoundary(lines);
  const names = attachmentNames(found);
  return {
    headers: firstOfEach(lines),
    properties: properties(lines, raw),
    body,
    attachments: found.map(({ attachment }, index) => ({ index, name: names[index] ?? '', ...attachment })),
  };
}

/**
 * The bytes of one attachment, read again from the raw mail and never held in memory as a whole.
 *
 * @param index as in `Message.attachments`
 * @throws FlowError MAIL_NOT_PARSEABLE if there is none at this place
 */
export async function* openAttachment(raw: RawMail, index: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const part of partsOf(raw, signal)) {
    if (part.type === 'text') continue;
    if (at === index) {
      yield* part.read();
      return;
    }
    at += 1;
  }
  throw new FlowError('MAIL_NOT_PARSEABLE', { reason: `it has no attachment number ${index + 1}` });
}

async function drain(content: AsyncGenerator): Promise<void> {
  while (!(await content.next()).done);
}

/** The text/plain part if it says anything, else HTML as it is. */
function bodyOf({ text, html }: MessageText): MessageBody {
  if (typeof html === 'string' && (text ?? '').trim() === '') return { contentType: 'text/html', text: html };
  return { contentType: 'text/plain', text: text ?? '' };
}

interface FoundAttachment extends UnnamedAttachment {
  attachment: Omit<Attachment, 'index' | 'name'>;
}

/** Called after its content has been read: only then are size and checksum known. */
function describe(part: AttachmentStream): FoundAttachment {
  const contentType = part.contentType || 'application/octet-stream';
  return {
    fileName: part.filename,
    contentType,
    checksum: part.checksum,
    attachment: {
      contentType,
      sizeBytes: part.size,
      disposition: part.contentDisposition === 'inline' || part.related === true ? 'inline' : 'attachment',
      ...(part.cid === undefined || part.cid === '' ? {} : { contentId: part.cid }),
    },
  };
}

/** RFC 2046, section 5.1.1 requires the parameter; mailparser returns an empty mail without it, which would lose the content. */
function refuseWithoutBoundary(lines: HeaderLine[]): void {
  const contentType = lines.find(({ name }) => name.toLowerCase() === 'content-type')?.value ?? '';
  if (/^multipart\//i.test(contentType) && !/;\s*boundary(\*\d*\*?)?\s*=/i.test(contentType)) {
    throw new FlowError('MAIL_NOT_PARSEABLE', { reason: 'its parts have no boundary' });
  }
}

function firstOfEach(lines: HeaderLine[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { name, value } of lines) {
    const key = name.toLowerCase();
    if (!Object.hasOwn(headers, key)) headers[key] = value;
  }
  return headers;
}

function properties(lines: HeaderLine[], raw: RawMail): Record<string, Json> {
  const all = (name: string) => lines.filter((line) => line.name.toLowerCase() === name).map(({ value }) => value);
  const first = (name: string) => all(name)[0] ?? '';
  const autoSubmitted = first('auto-submitted').toLowerCase();
  // Two From or Subject lines are a way to show people one thing and programs another.
  const duplicates = ['from', 'subject'].filter((name) => all(name).length > 1);
  return {
    'mail.size': raw.sizeBytes,
    'mail.messageId': first('message-id'),
    'mail.isBounce': first('return-path') === '<>' || /report-type\s*=\s*"?delivery-status/i.test(first('content-type')),
    'mail.isList': first('list-id') !== '' || first('list-unsubscribe') !== '',
    // RFC 3834, section 5.
    'mail.autoSubmitted': autoSubmitted !== '' && !autoSubmitted.startsWith('no'),
    ...(duplicates.length > 0 ? { 'mail.duplicateHeaders': duplicates } : {}),
  };
}
