import { Readable } from 'node:stream';
import { MailParser, type AttachmentStream, type MessageText } from 'mailparser';
import { FlowError } from '../../../shared/errors.ts';
import type { RawMail } from '../../ports/mailbox.ts';

export interface AttachmentPart {
  type: 'attachment';
  /** Size and checksum are known when its content has been read. */
  facts: AttachmentStream;
  read(): AsyncGenerator<Uint8Array>;
}

type Part = AttachmentPart | MessageText;

/** Text of 10 MB takes mailparser more than 30 s with its defaults, under one second without them. */
const parserOptions = {
  skipHtmlToText: true,
  skipTextToHtml: true,
  skipTextLinks: true,
  skipImageLinks: true,
  checksumAlgo: 'sha256',
};

/**
 * Attachments as they come, each to be read before the next is asked for (else it is skipped), and the text as the last.
 *
 * @param onChunk sees the raw bytes as they are read
 * @throws FlowError MAIL_NOT_PARSEABLE; an error of `raw` or the reason of `signal` passes through
 */
export async function* partsOf(raw: RawMail, signal: AbortSignal, onChunk?: (chunk: Uint8Array) => void): AsyncGenerator<Part> {
  signal.throwIfAborted();
  let sourceError: unknown;
  let open: Readable | undefined;
  const parser = new MailParser(parserOptions);
  // The stream of an attachment does not learn by itself that nothing will come any more.
  parser.on('error', (error) => open?.destroy(error));
  const source = Readable.from(watched(raw, onChunk), { objectMode: false });
  source.on('error', (error) => {
    sourceError = error;
    parser.destroy(error);
  });
  const onAbort = () => parser.destroy(asError(signal.reason));
  signal.addEventListener('abort', onAbort, { once: true });

  const explain = (error: unknown): unknown => {
    if (signal.aborted) return signal.reason;
    if (sourceError !== undefined) return sourceError;
    return new FlowError('MAIL_NOT_PARSEABLE', { reason: asError(error).message }, { cause: error });
  };
  async function* read(content: Readable): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of content) yield chunk;
    } catch (error) {
      throw explain(error);
    }
  }

  const parts: AsyncIterator<(Omit<AttachmentStream, 'content'> & { content: Readable }) | MessageText> = parser[Symbol.asyncIterator]();
  try {
    source.pipe(parser);
    for (;;) {
      const next = await parts.next().catch((error: unknown) => {
        throw explain(error);
      });
      if (next.done) return;
      if (next.value.type === 'text') {
        yield next.value;
        continue;
      }
      const { content } = next.value;
      open = content;
      // Whoever reads it sees the error; where nobody does, it must not end the process.
      content.on('error', () => {});
      yield { type: 'attachment', facts: next.value, read: () => read(content) };
      open = undefined;
      next.value.release();
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    source.destroy();
    open?.destroy();
    parser.destroy();
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

async function* watched(raw: RawMail, onChunk?: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of raw.open()) {
    onChunk?.(chunk);
    yield chunk;
  }
}
