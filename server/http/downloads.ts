import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { FlowError } from '../../shared/errors.ts';
import { existingMessage } from './messages.ts';
import { parseMessage, readTimeoutMs } from './parse-message.ts';
import type { HttpParts } from './parts.ts';
import type { StreamHandlers } from './route.ts';

/** Raw mails and attachments, streamed. What strangers wrote is only ever saved, never shown by the browser. */
export function downloadStreams(parts: HttpParts): Pick<StreamHandlers, 'getRawMail' | 'getAttachment' | 'getQuarantinedMail'> {
  return {
    async getRawMail({ params: { id }, response, note }) {
      const message = await existingMessage(parts, id);
      note({ flowId: message.flowId });
      await send(response, parts.blobs.open(message.rawHash), {
        fileName: `${message.subject || id}.eml`,
        type: 'message/rfc822',
        sizeBytes: message.sizeBytes,
      });
    },

    async getAttachment({ params: { id, index }, response, note }) {
      const message = await existingMessage(parts, id);
      note({ flowId: message.flowId, after: { attachment: index } });
      const signal = AbortSignal.any([whenLeft(response), AbortSignal.timeout(readTimeoutMs)]);
      const { sender, raw, parsed, config } = await parseMessage(parts, message, signal);
      const attachment = parsed.attachments.find((candidate) => candidate.index === index);
      if (!attachment) throw new FlowError('NOT_FOUND', { what: 'attachment', id: String(index) });
      const content = sender.openAttachment(raw, index, config, { secrets: parts.secrets, signal: whenLeft(response) });
      await send(response, content, { fileName: attachment.name, type: 'application/octet-stream' });
    },

    async getQuarantinedMail({ params: { id }, response, note }) {
      const mail = await parts.quarantine.get(id);
      if (!mail?.rawHash) throw new FlowError('NOT_FOUND', { what: 'raw mail', id });
      note({ flowId: mail.flowId });
      await send(response, parts.blobs.open(mail.rawHash), { fileName: `${mail.subject || id}.eml`, type: 'message/rfc822' });
    },
  };
}

/** Aborts when the visitor is gone. */
export function whenLeft(response: Response): AbortSignal {
  const left = new AbortController();
  if (response.destroyed) left.abort();
  response.once('close', () => left.abort());
  return left.signal;
}

/** A file name that is one on every system: no path, no control or direction characters (RFC 6266, 4.3), at most 150 characters. */
export function safeFileName(name: string): string {
  const plain = name
    .replace(/[\p{Cc}\p{Cf}\p{Cs}/\\:*?"<>|]+/gu, '_')
    .replace(/^[.\s]+/, '')
    .trim();
  if (plain.length <= 150) return plain || 'unnamed';
  const extension = /\.[^.]{1,10}$/.exec(plain)?.[0] ?? '';
  return plain.slice(0, 150 - extension.length).replace(/[\uD800-\uDBFF]$/, '') + extension;
}

async function send(
  response: Response,
  content: AsyncIterable<Uint8Array>,
  { fileName, type, sizeBytes }: { fileName: string; type: string; sizeBytes?: number },
): Promise<void> {
  const chunks = content[Symbol.asyncIterator]();
  // Before anything is announced, so that missing content is an error answer and not a broken file.
  const first = await chunks.next();
  response.attachment(safeFileName(fileName));
  response.set({ 'Content-Type': type, 'Content-Security-Policy': "default-src 'none'; sandbox" });
  if (sizeBytes !== undefined) response.set('Content-Length', String(sizeBytes));
  await pipeline(Readable.from(chain(first, chunks)), response);
}

async function* chain(first: IteratorResult<Uint8Array>, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for (let next = first; !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
