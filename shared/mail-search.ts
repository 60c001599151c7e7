import { z } from 'zod';

/** Which mails of a mailbox are wanted: all of it must hold. Case does not matter; text is looked for anywhere in the header. */

const text = z.string().trim().max(300).optional();

export const mailSearchSchema = z.object({
  from: text,
  to: text,
  subject: text,
  /** The day a mail arrived, or later (IMAP INTERNALDATE, without time and zone; RFC 9051, section 6.4.4). */
  since: z.iso.date('a day, such as 2026-12-01').optional(),
  largerKb: z.int('a whole number').min(0).max(1_000_000).optional(),
  smallerKb: z.int('a whole number').min(1).max(1_000_000).optional(),
  header: z
    .object({
      name: z
        .string()
        .trim()
        .regex(/^[\x21-\x39\x3b-\x7e]{1,100}$/, 'a header name, such as X-Priority'),
      /** Empty: the header must be there, whatever it says. */
      value: z.string().trim().max(300).default(''),
    })
    .optional(),
});
export type MailSearch = z.output<typeof mailSearchSchema>;

export function isSearchEmpty(search: MailSearch): boolean {
  return Object.values(search).every((value) => value === undefined || value === '');
}

/** Equal for searches that want the same. */
export function searchKey(search: MailSearch): string {
  return JSON.stringify(
    Object.entries(search)
      .filter(([, value]) => value !== undefined && value !== '')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** In words, for the checklist and the reference page: "from billing, larger than 100 KB". */
export function searchText(search: MailSearch): string {
  const { from, to, subject, since, largerKb, smallerKb, header } = search;
  const parts = [
    from && `from ${from}`,
    to && `to ${to}`,
    subject && `subject has ${subject}`,
    since && `arrived on ${since} or later`,
    largerKb !== undefined && `larger than ${largerKb} KB`,
    smallerKb !== undefined && `smaller than ${smallerKb} KB`,
    header && (header.value === '' ? `has ${header.name}` : `${header.name} has ${header.value}`),
  ];
  return parts.filter(Boolean).join(', ');
}
