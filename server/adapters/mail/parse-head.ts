import libmime from 'libmime';
import type { MailHead, RawMail } from '../../ports/mailbox.ts';

export interface HeaderLine {
  name: string;
  value: string;
}

/** Longer heads are cut; mailparser refuses them (EMAXLEN). */
const maxHeadBytes = 1024 * 1024;

/**
 * The header lines of a mail, unfolded (RFC 5322, section 2.2.3) and decoded (RFC 2047), in their order.
 * Never throws: what can't be decoded stays as it is, what is no header line is left out.
 */
export function parseHead(start: Uint8Array): HeaderLine[] {
  const head = Buffer.from(start.buffer, start.byteOffset, start.byteLength);
  const end = headEnd(head);
  // Byte for byte, so that 8-bit headers can be decoded line by line.
  const text = (end === -1 ? head : head.subarray(0, end)).toString('latin1');
  return text
    .replaceAll(/\r?\n([ \t])/g, '$1')
    .split(/\r?\n/)
    .flatMap((line) => {
      const [, name, value] = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:(.*)$/s.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [{ name, value: decodeValue(value.trim()) }];
    });
}

/** The mail's head for the log; missing parts are empty. */
export function readHead(start: Uint8Array): MailHead {
  const lines = parseHead(start);
  const first = (name: string) => lines.find((line) => line.name.toLowerCase() === name)?.value ?? '';
  return {
    subject: first('subject'),
    from: first('from'),
    to: first('to'),
    messageId: first('message-id'),
    date: isoDate(first('date')),
  };
}

/** All header lines of a mail that is kept; reads no further than its head. */
export async function readHeaders(raw: RawMail): Promise<HeaderLine[]> {
  return parseHead(await headOf(raw.open()));
}

async function headOf(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const head = new HeadCollector();
  for await (const chunk of content) {
    head.add(chunk);
    if (head.isComplete) break;
  }
  return head.bytes;
}

/** Keeps the first bytes of a stream until they hold the whole head. */
export class HeadCollector {
  bytes: Buffer = Buffer.alloc(0);
  isComplete = false;

  add(chunk: Uint8Array): void {
    if (this.isComplete) return;
    this.bytes = Buffer.concat([this.bytes, chunk]).subarray(0, maxHeadBytes);
    this.isComplete = this.bytes.length === maxHeadBytes || headEnd(this.bytes) !== -1;
  }
}

/** Where the first empty line begins; -1 if there is none. */
function headEnd(bytes: Buffer): number {
  if (bytes.indexOf('\r\n') === 0 || bytes.indexOf('\n') === 0) return 0;
  const ends = [bytes.indexOf('\r\n\r\n'), bytes.indexOf('\n\n'), bytes.indexOf('\n\r\n')].filter((at) => at !== -1);
  return ends.length === 0 ? -1 : Math.min(...ends);
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const windows1252 = new TextDecoder('windows-1252');

function decodeValue(latin1: string): string {
  const text = decodeBytes(latin1);
  try {
    return libmime.decodeWords(text);
  } catch {
    return text;
  }
}

/** Raw 8-bit is UTF-8 (RFC 6532) where it can be, else what old programs on Windows send. */
function decodeBytes(latin1: string): string {
  // oxlint-disable-next-line no-control-regex
  if (/^[\0-\x7f]*$/.test(latin1)) return latin1;
  const bytes = Buffer.from(latin1, 'latin1');
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return windows1252.decode(bytes);
  }
}

function isoDate(value: string): string | null {
  const date = new Date(value);
  return value === '' || Number.isNaN(date.getTime()) ? null : date.toISOString();
}
