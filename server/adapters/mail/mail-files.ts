import { createHash } from 'node:crypto';
import type { Attachment } from '../../../shared/flow.ts';
import type { PartSink } from './mime-reader.ts';
import { firstValue, parseHead } from './parse-head.ts';
import type { UnnamedAttachment } from './parse-names.ts';
import type { MimePart } from './parse-part.ts';
import { transferDecoder } from './transfer-decoding.ts';

/** What is known of a file in a mail once its content has passed by. */
export interface MailFile extends UnnamedAttachment {
  sizeBytes: number;
  contentId: string | undefined;
  disposition: Attachment['disposition'];
}

/** Enough for the subject of a mail that is attached. */
const maxPeekBytes = 64 * 1024;

/** Weighs a file while it passes by; nothing of it is kept but its size and hash. */
export function fileSink(part: MimePart, onFile: (file: MailFile) => void): PartSink {
  const decoder = transferDecoder(part.encoding);
  const hash = createHash('sha256');
  const isMail = part.contentType === 'message/rfc822';
  let start = Buffer.alloc(0);
  let sizeBytes = 0;
  const weigh = (decoded: Buffer) => {
    hash.update(decoded);
    sizeBytes += decoded.length;
    if (isMail && start.length < maxPeekBytes) start = Buffer.concat([start, decoded.subarray(0, maxPeekBytes - start.length)]);
  };
  return {
    write: (bytes) => weigh(decoder.write(bytes)),
    end: () => {
      weigh(decoder.end());
      onFile({
        fileName: part.fileName ?? (isMail ? nameOfMail(start) : undefined),
        contentType: part.contentType,
        checksum: hash.digest('hex'),
        sizeBytes,
        contentId: part.contentId,
        disposition: dispositionOf(part),
      });
    },
  };
}

/** Hands on the decoded content of a file. */
export function contentSink(part: MimePart, onContent: (bytes: Buffer) => void, onEnd: () => void): PartSink {
  const decoder = transferDecoder(part.encoding);
  return {
    write: (bytes) => onContent(decoder.write(bytes)),
    end: () => {
      onContent(decoder.end());
      onEnd();
    },
  };
}

function nameOfMail(start: Uint8Array): string | undefined {
  const subject = firstValue(parseHead(start), 'subject');
  // A path is no path here: `Re: offer 4/17` is to keep its number.
  return subject === '' ? undefined : `${subject.replaceAll(/[/\\:]/g, '_')}.eml`;
}

/** What an HTML text shows in its place is inline, whatever is said of it. */
function dispositionOf(part: MimePart): Attachment['disposition'] {
  if (part.disposition === 'inline') return 'inline';
  return part.contentId !== undefined && isRelated(part) ? 'inline' : 'attachment';
}

function isRelated(part: MimePart): boolean {
  for (let { parent } = part; parent; { parent } = parent) if (parent.contentType === 'multipart/related') return true;
  return false;
}
