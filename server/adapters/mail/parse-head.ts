import type { MailHead, RawMail } from '../../ports/mailbox.ts';
import { decodeText } from './charset.ts';
import { decodeWords } from './encoded-words.ts';

export interface HeaderLine {
  name: string;
  /** Unfolded (RFC 5322, section 2.2.3) and decoded (RFC 2047). */
  value: string;
  /** As it is in the mail, folds and encoded-words included. */
  raw: string;
}

/** Longer heads are cut here, and such a mail is refused when it is parsed. */
export const maxHeadBytes = 1024 * 1024;

/**
 * The header lines of a mail or a part, in their order.
 * Never throws: what can't be decoded stays as it is, what is no header line is left out.
 */
export function parseHead(start: Uint8Array): HeaderLine[] {
  const head = Buffer.from(start.buffer, start.byteOffset, start.byteLength);
  const end = headEnd(head);
  // Byte for byte, so that 8-bit headers can be decoded line by line.
  const text = (end === -1 ? head : head.subarray(0, end)).toString('latin1');
  return text.split(/\r?\n(?![ \t])/).flatMap((line) => {
    const [, name, value] = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:(.*)$/s.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    const raw = decodeBytes(trimmed(value));
    return [{ name, raw, value: decodeWords(unfold(raw)) }];
  });
}

/** Only white space of ASCII: other characters are bytes of something here. No regular expression: one at the end is quadratic. */
function trimmed(latin1: string): string {
  let start = 0;
  let end = latin1.length;
  while (start < end && ' \t\r\n'.includes(latin1.charAt(start))) start += 1;
  while (end > start && ' \t\r\n'.includes(latin1.charAt(end - 1))) end -= 1;
  return latin1.slice(start, end);
}

export function unfold(raw: string): string {
  return raw.replaceAll(/\r?\n([ \t])/g, '$1');
}

/** The first value of a header; empty if there is none. @param name in lower case */
export function firstValue(lines: readonly HeaderLine[], name: string): string {
  return lines.find((line) => line.name.toLowerCase() === name)?.value ?? '';
}

/** The mail's head for the log; missing parts are empty. */
export function readHead(start: Uint8Array): MailHead {
  const lines = parseHead(start);
  return {
    subject: firstValue(lines, 'subject'),
    from: firstValue(lines, 'from'),
    to: firstValue(lines, 'to'),
    messageId: firstValue(lines, 'message-id'),
    date: isoDate(firstValue(lines, 'date')),
  };
}

/** All header lines of a mail that is kept; reads no further than its head. */
export async function readHeaders(raw: RawMail): Promise<{ name: string; value: string }[]> {
  const head = new HeadCollector();
  for await (const chunk of raw.open()) {
    head.add(chunk);
    if (head.isComplete) break;
  }
  return parseHead(head.bytes).map(({ name, value }) => ({ name, value }));
}

/** Keeps the first bytes of a stream until they hold the whole head. */
class HeadCollector {
  bytes: Buffer = Buffer.alloc(0);
  isComplete = false;

  add(chunk: Uint8Array): void {
    if (this.isComplete) return;
    this.bytes = Buffer.concat([this.bytes, chunk]).subarray(0, maxHeadBytes);
    this.isComplete = this.bytes.length === maxHeadBytes || headEnd(this.bytes) !== -1;
  }
}

/** Where the first empty line begins; -1 if there is none. */
export function headEnd(bytes: Buffer): number {
  if (bytes.indexOf('\r\n') === 0 || bytes.indexOf('\n') === 0) return 0;
  const ends = [bytes.indexOf('\r\n\r\n'), bytes.indexOf('\n\n'), bytes.indexOf('\n\r\n')].filter((at) => at !== -1);
  return ends.length === 0 ? -1 : Math.min(...ends);
}

/** Raw 8-bit is UTF-8 (RFC 6532) where it can be, else what old programs on Windows send. */
function decodeBytes(latin1: string): string {
  // oxlint-disable-next-line no-control-regex
  return /^[\0-\x7f]*$/.test(latin1) ? latin1 : decodeText(Buffer.from(latin1, 'latin1'), '');
}

function isoDate(value: string): string | null {
  const date = new Date(value);
  return value === '' || Number.isNaN(date.getTime()) ? null : date.toISOString();
}
