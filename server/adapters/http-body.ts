import type { Attachment, Message } from '../../shared/flow.ts';
import type { RawMail } from '../ports/mailbox.ts';
import type { ReceiverContext } from '../ports/steps.ts';

/** What an HTTP receiver sends: in one piece when it is small, as a stream with bounded memory otherwise. */
export interface HttpBody {
  contentType: string;
  /** Known for all but streamed JSON, which is sent in chunks. */
  sizeBytes?: number;
  content: Buffer | AsyncIterable<Buffer | Uint8Array>;
}

/** Up to here a body is one Buffer: one write, and it can be sent again. */
const maxPieceBytes = 512 * 1024;

export async function mimeBody(raw: RawMail): Promise<HttpBody> {
  const contentType = 'message/rfc822';
  if (raw.sizeBytes > maxPieceBytes) return { contentType, sizeBytes: raw.sizeBytes, content: raw.open() };
  const content = await joined(raw.open());
  return { contentType, sizeBytes: content.length, content };
}

/**
 * `{ id, flow, receivedAt, headers, body, bodyContentType, attachments: [{ name, contentType, sizeBytes, content }] }`,
 * contents in base64 (RFC 4648, section 4). Properties stay inside the flow.
 *
 * @param withContent false: names and sizes of the attachments only
 */
export async function jsonBody(message: Message, withContent: boolean, context: ReceiverContext): Promise<HttpBody> {
  const contentType = 'application/json';
  const stream = jsonPieces(message, withContent, context);
  const attachedBytes = withContent ? message.attachments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) : 0;
  if (attachedBytes > maxPieceBytes) return { contentType, content: stream };
  const content = await joined(stream);
  return { contentType, sizeBytes: content.length, content };
}

async function* jsonPieces(message: Message, withContent: boolean, context: ReceiverContext): AsyncIterable<Buffer> {
  const head = {
    id: context.exchangeId,
    flow: context.flowName,
    receivedAt: context.receivedAt.toISOString(),
    headers: message.headers,
    body: message.body.text,
    bodyContentType: message.body.contentType,
  };
  yield Buffer.from(`${JSON.stringify(head).slice(0, -1)},"attachments":[`);
  for (const [position, attachment] of message.attachments.entries()) {
    if (position > 0) yield Buffer.from(',');
    yield* attachmentPieces(attachment, withContent, context);
  }
  yield Buffer.from(']}');
}

async function* attachmentPieces(attachment: Attachment, withContent: boolean, context: ReceiverContext): AsyncIterable<Buffer> {
  const { name, contentType, sizeBytes } = attachment;
  const facts = JSON.stringify({ name, contentType, sizeBytes });
  if (!withContent) {
    yield Buffer.from(facts);
    return;
  }
  yield Buffer.from(`${facts.slice(0, -1)},"content":"`);
  yield* base64(context.openAttachment(attachment));
  yield Buffer.from('"}');
}

/** Three bytes become four characters, so the one or two left over wait for the next chunk. */
export async function* base64(content: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  let left = Buffer.alloc(0);
  for await (const chunk of content) {
    const bytes = left.length === 0 ? Buffer.from(chunk) : Buffer.concat([left, chunk]);
    const whole = bytes.length - (bytes.length % 3);
    left = bytes.subarray(whole);
    if (whole > 0) yield encoded(bytes.subarray(0, whole));
  }
  if (left.length > 0) yield Buffer.from(left.toString('base64'), 'latin1');
}

const encodeBytes = 24 * 1024;

/** Piece by piece: one large string is memory that the system has to map anew each time, and takes seven times as long. */
function encoded(bytes: Buffer): Buffer {
  const text = Buffer.allocUnsafe(Math.ceil(bytes.length / 3) * 4);
  let length = 0;
  for (let at = 0; at < bytes.length; at += encodeBytes)
    length += text.write(bytes.toString('base64', at, at + encodeBytes), length, 'latin1');
  return text;
}

async function joined(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}
