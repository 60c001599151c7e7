import { FlowError } from '../../../shared/errors.ts';
import { maxHeadBytes } from './parse-head.ts';
import { boundaryOf, readPart, type MimePart } from './parse-part.ts';

/** Takes the content of one part, still in its transfer encoding. */
export interface PartSink {
  write(bytes: Buffer): void;
  end(): void;
}

/** More than any program sends; each costs memory, and each level of nesting is looked for in every line that begins with `--`. */
const maxParts = 1_000;
const maxDepth = 64;
/** A line can't be longer and still be a delimiter: RFC 2046, section 5.1.1 allows 70 characters and white space behind. */
const maxDelimiterBytes = 1_000;

interface OpenMultipart {
  part: MimePart;
  boundary: string;
  partCount: number;
  /** Whether something stood where only a preamble may be. */
  hasPreamble: boolean;
  isClosed: boolean;
}

/**
 * Takes a mail apart as its bytes come (RFC 2046), holding no more than one head and one line of it.
 * What stands before the first and behind the last part of a multipart is left out, as section 5.1.1 says.
 * Ends of parts that are missing are put where the mail, or the multipart around them, ends.
 */
export class MimeReader {
  readonly #onLeaf: (part: MimePart) => PartSink | undefined;
  #held: Buffer = Buffer.alloc(0);
  /** The head being read; undefined within content. */
  #head: Buffer[] | undefined = [];
  #headBytes = 0;
  #isLineStart = true;
  #sink: PartSink | undefined;
  #partCount = 0;
  readonly #open: OpenMultipart[] = [];
  #root: MimePart | undefined;

  /** @param onLeaf is asked for every part that is not a multipart; without a sink its content is skipped */
  constructor(onLeaf: (part: MimePart) => PartSink | undefined) {
    this.#onLeaf = onLeaf;
  }

  /** The mail itself, once its head is read. */
  get root(): MimePart | undefined {
    return this.#root;
  }

  /** @throws FlowError MAIL_NOT_PARSEABLE when a limit is passed; what the sinks throw passes through */
  write(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#process(this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]), false);
  }

  /**
   * @returns the mail itself
   * @throws FlowError MAIL_NOT_PARSEABLE when the parts of a multipart were never found
   */
  end(): MimePart {
    this.#process(this.#held, true);
    if (this.#head) this.#endHead();
    this.#endLeaf();
    while (this.#open.length > 0) this.#closeMultipart();
    return this.#root ?? readPart(Buffer.alloc(0), undefined);
  }

  #process(bytes: Buffer, isEnd: boolean): void {
    let at = 0;
    for (;;) {
      const next = this.#head ? this.#readHeadLine(bytes, at, isEnd) : this.#readContent(bytes, at, isEnd);
      if (next === undefined) break;
      at = next.at;
      if (next.isWaiting) break;
    }
    // A copy: the rest of the chunk must not be kept for a few bytes of it.
    this.#held = Buffer.from(bytes.subarray(at));
  }

  #readHeadLine(bytes: Buffer, at: number, isEnd: boolean): Progress {
    if (at >= bytes.length) return undefined;
    const lineEnd = bytes.indexOf(0x0a, at) + 1;
    if (lineEnd === 0 && !isEnd) {
      if (this.#headBytes + bytes.length - at > maxHeadBytes) throw tooLongHead();
      return { at, isWaiting: true };
    }
    const line = bytes.subarray(at, lineEnd === 0 ? bytes.length : lineEnd);
    const next = { at: at + line.length };
    if (this.#atDelimiter(line)) return next;
    if (line.length <= 2 && (line[0] === 0x0a || (line[0] === 0x0d && line[1] === 0x0a))) {
      this.#endHead();
      return next;
    }
    this.#headBytes += line.length;
    if (this.#headBytes > maxHeadBytes) throw tooLongHead();
    this.#head?.push(Buffer.from(line));
    return next;
  }

  /** Passes content on up to the next delimiter, or as far as it is certain that there is none. */
  #readContent(bytes: Buffer, start: number, isEnd: boolean): Progress {
    if (start >= bytes.length) return undefined;
    if (this.#open.length === 0) {
      this.#sink?.write(bytes.subarray(start));
      return { at: bytes.length };
    }
    let line = this.#isLineStart ? start : nextLine(bytes, start);
    for (;;) {
      if (line === undefined) {
        const safe = isEnd ? bytes.length : certainEnd(bytes, start);
        this.#pass(bytes, start, safe);
        return { at: safe, isWaiting: true };
      }
      const lineEnd = bytes.indexOf(0x0a, line) + 1;
      const isOpenEnd = lineEnd === 0 && !isEnd && bytes.length - line <= maxDelimiterBytes;
      if (isOpenEnd && mayBeDelimiter(bytes, line)) {
        const safe = beforeLineEnd(bytes, start, line);
        this.#pass(bytes, start, safe, this.#isLineStart && safe === start);
        return { at: safe, isWaiting: true };
      }
      const whole = bytes.subarray(line, lineEnd === 0 ? bytes.length : lineEnd);
      if (mayBeDelimiter(bytes, line) && this.#isDelimiter(whole)) {
        this.#pass(bytes, start, beforeLineEnd(bytes, start, line));
        this.#atDelimiter(whole);
        return { at: line + whole.length };
      }
      line = nextLine(bytes, line);
    }
  }

  #pass(bytes: Buffer, from: number, to: number, isLineStart = false): void {
    this.#isLineStart = isLineStart;
    if (to <= from) return;
    const content = bytes.subarray(from, to);
    const multipart = this.#open.at(-1);
    if (this.#sink) this.#sink.write(content);
    else if (multipart && multipart.partCount === 0) multipart.hasPreamble ||= content.some((byte) => byte > 0x20);
  }

  #levelOf(line: Buffer): { level: number; isClosing: boolean } | undefined {
    if (this.#open.length === 0 || line.length > maxDelimiterBytes || line[0] !== 0x2d || line[1] !== 0x2d) return undefined;
    const text = line.toString('latin1', 2).trimEnd();
    // One that is closed already may share its boundary with one around it.
    const find = (boundary: string) => this.#open.findLastIndex((open) => open.boundary === boundary && !open.isClosed);
    const opening = find(text);
    if (opening !== -1) return { level: opening, isClosing: false };
    const closing = text.endsWith('--') ? find(text.slice(0, -2)) : -1;
    return closing === -1 ? undefined : { level: closing, isClosing: true };
  }

  #isDelimiter(line: Buffer): boolean {
    return this.#levelOf(line) !== undefined;
  }

  /** Ends what the delimiter ends, and begins a part where it is not a closing one. */
  #atDelimiter(line: Buffer): boolean {
    const found = this.#levelOf(line);
    if (!found) return false;
    if (this.#head) this.#endHead();
    this.#endLeaf();
    while (this.#open.length > found.level + 1) this.#closeMultipart();
    const multipart = this.#open.at(-1);
    this.#isLineStart = true;
    if (!multipart) return true;
    multipart.isClosed = found.isClosing;
    if (found.isClosing) return true;
    multipart.partCount += 1;
    this.#head = [];
    this.#headBytes = 0;
    return true;
  }

  #endHead(): void {
    const lines = this.#head ?? [];
    this.#head = undefined;
    this.#isLineStart = true;
    this.#partCount += 1;
    if (this.#partCount > maxParts) throw unreadable(`it has more than ${maxParts} parts`);
    const head = Buffer.concat(lines);
    const part = readPart(head, this.#open.at(-1)?.part);
    this.#root ??= part;
    const boundary = boundaryOf(part);
    if (boundary === undefined) {
      if (part === this.#root && part.contentType.startsWith('multipart/')) throw unreadable('its parts have no boundary');
      this.#sink = this.#onLeaf(part);
      // A mail that begins with its text, without any header.
      if (part === this.#root && part.lines.length === 0 && head.length > 0) this.#sink?.write(head);
      return;
    }
    if (this.#open.length >= maxDepth) throw unreadable(`its parts are nested more than ${maxDepth} deep`);
    this.#open.push({ part, boundary, partCount: 0, hasPreamble: false, isClosed: false });
  }

  #endLeaf(): void {
    this.#sink?.end();
    this.#sink = undefined;
  }

  #closeMultipart(): void {
    const multipart = this.#open.pop();
    if (multipart?.partCount === 0 && multipart.hasPreamble && !multipart.isClosed)
      throw unreadable('the boundary of its parts was not found');
  }
}

/** Undefined when there is nothing left to read; `isWaiting`: what is left makes sense only with more of it. */
type Progress = { at: number; isWaiting?: boolean } | undefined;

/** The beginning of the next line that begins with `-`; one of which no more is known yet counts, too. */
function nextLine(bytes: Buffer, from: number): number | undefined {
  const at = bytes.indexOf('\n-', from, 'latin1');
  return at === -1 ? undefined : at + 1;
}

function mayBeDelimiter(bytes: Buffer, line: number): boolean {
  return bytes[line] === 0x2d && (line + 1 >= bytes.length || bytes[line + 1] === 0x2d);
}

/** The line end before a delimiter belongs to the delimiter (RFC 2046, section 5.1.1). */
function beforeLineEnd(bytes: Buffer, start: number, line: number): number {
  let end = line;
  if (end > start && bytes[end - 1] === 0x0a) end -= 1;
  if (end > start && bytes[end - 1] === 0x0d) end -= 1;
  return end;
}

/** A line end at the end of the bytes may be that of a delimiter. */
function certainEnd(bytes: Buffer, start: number): number {
  if (bytes[bytes.length - 1] === 0x0d) return bytes.length - 1;
  return beforeLineEnd(bytes, start, bytes.length);
}

function tooLongHead(): FlowError {
  return unreadable(`the headers of the mail or of one of its parts have more than ${maxHeadBytes / 1024 / 1024} MB`);
}

export function unreadable(reason: string, cause?: unknown): FlowError {
  return new FlowError('MAIL_NOT_PARSEABLE', { reason }, { cause });
}
