import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { FlowError } from '../../shared/errors.ts';
import type { MessageContentView } from '../../shared/api/message-content.ts';
import type { Attachment, Message, MessageBody } from '../../shared/flow.ts';
import { whenLeft } from './downloads.ts';
import { maxPictureBytes, safeMailHtml, type PictureOf } from './mail-html.ts';
import { existingMessage } from './messages.ts';
import { parseMessage, readTimeoutMs } from './parse-message.ts';
import type { HttpParts } from './parts.ts';
import type { Handlers, StreamHandlers } from './route.ts';

const maxBodyChars = 256 * 1_024;
const maxHeaders = 1_000;
const maxHeaderChars = 16 * 1_024;
const maxAttachments = 1_000;

/** What a mail holds is read again from its raw bytes. */
export function contentRoutes(parts: HttpParts): Pick<Handlers, 'getMessageContent'> {
  return {
    async getMessageContent({ params: { id }, response, note }) {
      const message = await existingMessage(parts, id);
      note({ flowId: message.flowId });
      return inTime(response, async (signal) => {
        const { sender, raw, parsed } = await parseMessage(parts, message, signal);
        return contentOf(parsed, await sender.readHeaders(raw));
      });
    },
  };
}

export function contentStreams(parts: HttpParts): Pick<StreamHandlers, 'getMessageHtml'> {
  return {
    async getMessageHtml({ params: { id }, response, note }) {
      const message = await existingMessage(parts, id);
      note({ flowId: message.flowId });
      const signal = AbortSignal.any([whenLeft(response), AbortSignal.timeout(readTimeoutMs)]);
      const read = await inTime(response, async () => parseMessage(parts, message, signal));
      const { body, attachments } = read.parsed;
      if (!isHtml(body)) throw new FlowError('NOT_FOUND', { what: 'HTML body', id });
      const pictureOf = picturesOf(attachments, (index) =>
        read.sender.openAttachment(read.raw, index, read.config, { secrets: parts.secrets, signal }),
      );
      response.set(htmlHeaders);
      await pipeline(Readable.from(safeMailHtml(body.text, pictureOf)), response, { signal });
    },
  };
}

/** The document runs nothing, loads nothing and leads nowhere, also where it is opened outside of the page that frames it. */
export const htmlHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
  'X-Frame-Options': 'SAMEORIGIN',
  'X-DNS-Prefetch-Control': 'off',
};

/** Each is read from the mail once. More pictures than this are decoration, and each takes a reading of the mail. */
const maxPictures = 50;

function picturesOf(attachments: Attachment[], open: (index: number) => AsyncIterable<Uint8Array>): PictureOf {
  const read = new Map<string, Promise<Uint8Array | undefined>>();
  return (contentId) => {
    const known = read.get(contentId);
    if (known || read.size >= maxPictures) return known ?? Promise.resolve(undefined);
    const attachment = attachments.find((candidate) => candidate.contentId === contentId);
    const bytes = attachment && attachment.sizeBytes <= maxPictureBytes ? wholeOf(open(attachment.index)) : Promise.resolve(undefined);
    read.set(contentId, bytes);
    return bytes;
  };
}

async function wholeOf(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** @throws MAIL_NOT_PARSEABLE also where reading takes too long */
async function inTime<T>(response: Response, read: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = AbortSignal.timeout(readTimeoutMs);
  try {
    return await read(AbortSignal.any([whenLeft(response), deadline]));
  } catch (error) {
    if (!deadline.aborted) throw error;
    throw new FlowError('MAIL_NOT_PARSEABLE', { reason: `it could not be read within ${readTimeoutMs / 1_000} s` }, { cause: error });
  }
}

function contentOf({ body, attachments }: Message, headers: { name: string; value: string }[]): MessageContentView {
  return {
    headers: headers.slice(0, maxHeaders).map(({ name, value }) => ({ name, value: value.slice(0, maxHeaderChars) })),
    bodyContentType: body.contentType,
    body: body.text.slice(0, maxBodyChars),
    isBodyCut: body.text.length > maxBodyChars,
    isHtml: isHtml(body),
    attachments: attachments
      .slice(0, maxAttachments)
      .map(({ index, name, contentType, sizeBytes }) => ({ index, name, contentType, sizeBytes })),
  };
}

function isHtml({ contentType }: MessageBody): boolean {
  return /^text\/html\b/i.test(contentType);
}
