import type { SearchObject } from 'imapflow';
import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import type { MailSearch } from '../../../shared/mail-search.ts';
import { parseHead, type HeaderLine } from './parse-head.ts';

/** What Selection and Search want, for servers that search (IMAP) and from the head of a mail for those that don't (POP3). */

const bytesPerKb = 1024;

/** The criteria of IMAP SEARCH; mails flagged \Deleted are gone for us. */
export function searchQuery({ selection, search }: Pick<MailSenderConfig, 'selection' | 'search'>): SearchObject {
  return { deleted: false, ...(selection === 'unread' ? { seen: false } : {}), ...contentQuery(search) };
}

/** Search alone, whether a mail is read or not. */
export function contentQuery({ from, to, subject, since, largerKb, smallerKb, header }: MailSearch): SearchObject {
  return {
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
    ...(subject ? { subject } : {}),
    // imapflow writes the day of this instant in UTC: the very day that was typed.
    ...(since ? { since: new Date(`${since}T00:00:00Z`) } : {}),
    ...(largerKb ? { larger: largerKb * bytesPerKb } : {}),
    ...(smallerKb ? { smaller: smallerKb * bytesPerKb } : {}),
    ...(header ? { header: { [header.name]: header.value === '' ? true : header.value } } : {}),
  };
}

/** Whether a Search wants a mail; the same answer as an IMAP server would give (RFC 9051, section 6.4.4). */
export function matchesSearch(search: MailSearch, sizeBytes: number, head: Uint8Array): boolean {
  const { from, to, subject, since, largerKb, smallerKb, header } = search;
  const lines = parseHead(head);
  const has = (name: string, text: string | undefined) =>
    text === undefined || lines.some((line) => line.name.toLowerCase() === name.toLowerCase() && folded(line.value).includes(folded(text)));
  return (
    (!from || has('from', from)) &&
    (!to || has('to', to)) &&
    (!subject || has('subject', subject)) &&
    (!header || has(header.name, header.value)) &&
    (largerKb === undefined || sizeBytes > largerKb * bytesPerKb) &&
    (smallerKb === undefined || sizeBytes < smallerKb * bytesPerKb) &&
    (!since || arrivalDay(lines) >= since)
  );
}

function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** When a mail arrived, as its head says: in the topmost Received line, else in Date, which is the sender's. */
export function arrivalOf(head: Uint8Array): Date | undefined {
  const instant = new Date(arrivalText(parseHead(head)));
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}

/** The topmost line is the last server's: the one the mail lies on (RFC 5321, section 4.4). Its time follows the last semicolon. */
function arrivalText(lines: HeaderLine[]): string {
  const first = (name: string) => lines.find((line) => line.name.toLowerCase() === name)?.value ?? '';
  const received = first('received').split(';').at(-1)?.trim() ?? '';
  return Number.isNaN(Date.parse(received)) ? first('date') : received;
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** The day as it is written, without time and zone, as IMAP compares it. A mail without a day is one that has just arrived. */
function arrivalDay(lines: HeaderLine[]): string {
  const [, day, month, year] = /(\d{1,2})[ -]([a-z]{3})[a-z]*[ -](\d{4})/i.exec(arrivalText(lines)) ?? [];
  const number = months.indexOf(month?.toLowerCase() ?? '') + 1;
  if (day === undefined || year === undefined || number === 0) return '9999-12-31';
  return `${year}-${String(number).padStart(2, '0')}-${day.padStart(2, '0')}`;
}
