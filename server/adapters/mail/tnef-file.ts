import { createHash } from 'node:crypto';
import libmime from 'libmime';
import { contentSink, fileSink, type MailFile } from './mail-files.ts';
import type { PartSink } from './mime-reader.ts';
import type { MimePart } from './parse-part.ts';
import { unpackTnef, type TnefContent, type TnefFile } from './tnef.ts';

/** A `winmail.dat` is unpacked in memory; a larger one stays a file. */
const maxTnefBytes = 32 * 1024 * 1024;

export function isTnefPart({ contentType, fileName }: MimePart): boolean {
  return contentType === 'application/ms-tnef' || contentType === 'application/vnd.ms-tnef' || fileName?.toLowerCase() === 'winmail.dat';
}

/** What a `winmail.dat` counts as: the files in it, or itself and the reason why it could not be unpacked. */
export interface TnefResult {
  files: MailFile[];
  body: TnefContent['body'];
  reason?: string;
}

/** Weighs what is in a `winmail.dat` when it has passed by. */
export function tnefSink(part: MimePart, onResult: (result: TnefResult) => void): PartSink {
  let itself: MailFile[] = [];
  const whole = fileSink(part, (file) => (itself = [file]));
  const collected = new Collected();
  const content = contentSink(
    part,
    (bytes) => collected.add(bytes),
    () => {},
  );
  return {
    write: (bytes) => {
      whole.write(bytes);
      content.write(bytes);
    },
    end: () => {
      whole.end();
      content.end();
      const unpacked = collected.unpack();
      onResult(
        typeof unpacked === 'string'
          ? { files: itself, body: undefined, reason: unpacked }
          : { files: unpacked.files.map(describe), body: unpacked.body },
      );
    },
  };
}

/** Hands on one file of a `winmail.dat`, counted as in `TnefResult.files`. */
export function tnefContentSink(
  part: MimePart,
  wanted: number,
  onContent: (bytes: Buffer) => void,
  onEnd: (end: { count: number; isFound: boolean }) => void,
): PartSink {
  const collected = new Collected();
  // Where it stays the file it is, everything there was of it is handed on first.
  const passOn = (bytes: Buffer) => {
    if (wanted === 0) onContent(bytes);
  };
  return contentSink(
    part,
    (bytes) => {
      const before = collected.pieces;
      if (collected.add(bytes)) return;
      before.forEach(passOn);
      passOn(bytes);
    },
    () => {
      const unpacked = collected.unpack();
      if (typeof unpacked === 'string') collected.pieces.forEach(passOn);
      else if (unpacked.files[wanted]) onContent(unpacked.files[wanted].content);
      const count = typeof unpacked === 'string' ? 1 : unpacked.files.length;
      onEnd({ count, isFound: wanted < count });
    },
  );
}

/** The bytes of a `winmail.dat`, as long as they are not too many. */
class Collected {
  pieces: Buffer[] = [];
  #sizeBytes = 0;

  /** False once there are too many: nothing is kept then. */
  add(bytes: Buffer): boolean {
    this.#sizeBytes += bytes.length;
    if (this.#sizeBytes > maxTnefBytes) {
      this.pieces = [];
      return false;
    }
    // A copy: what is handed in may be a view of a larger piece.
    this.pieces.push(Buffer.from(bytes));
    return true;
  }

  /** What is in it, or why that can't be said. */
  unpack(): TnefContent | string {
    if (this.#sizeBytes > maxTnefBytes) return `it has more than ${maxTnefBytes / 1024 / 1024} MB`;
    try {
      return unpackTnef(Buffer.concat(this.pieces));
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

function describe({ fileName, contentType, contentId, content }: TnefFile): MailFile {
  return {
    fileName,
    contentType: contentType ?? libmime.detectMimeType(fileName ?? ''),
    checksum: createHash('sha256').update(content).digest('hex'),
    sizeBytes: content.length,
    contentId,
    disposition: 'attachment',
  };
}
