import type { MailPreview } from '../../../shared/probe.ts';
import { MimeReader } from './mime-reader.ts';
import { readHead } from './parse-head.ts';
import { TextBody } from './text-body.ts';

/** How many mails are previewed. */
export const previewMails = 5;
/** How much of a mail is read for it: its head and the beginning of its text. */
export const previewBytes = 32 * 1024;
const maxSnippet = 160;
const maxField = 300;

/**
 * What people need to recognise a mail, from its first bytes, decoded as the flow would get it. Never throws for what is in the mail.
 *
 * @param start the mail, cut off anywhere
 */
export function previewOf(start: Uint8Array, { sizeBytes, receivedAt }: { sizeBytes: number; receivedAt?: Date | undefined }): MailPreview {
  const { subject, from, date } = readHead(start);
  return {
    subject: cut(subject, maxField),
    from: cut(from, maxField),
    date: date ?? receivedAt?.toISOString() ?? null,
    sizeBytes,
    snippet: cut(textOf(start), maxSnippet),
  };
}

function textOf(start: Uint8Array): string {
  const text = new TextBody();
  try {
    const reader = new MimeReader((part) => (text.roleOf(part).isText ? text.sink(part) : undefined));
    reader.write(start);
    reader.end();
  } catch {
    // A mail that can't be parsed is still shown by its head.
  }
  const body = text.body('text');
  return body.contentType === 'text/html' ? withoutTags(body.text) : body.text;
}

function withoutTags(html: string): string {
  return html
    .replaceAll(/<(style|script|head|title)\b[\s\S]*?<\/\1\s*>/gi, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&(nbsp|lt|gt|quot|#39|amp);/g, (_, name: string) => entities[name] ?? ' ');
}

const entities: Record<string, string> = { nbsp: ' ', lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };

/** On one line, without what could turn the text around or hide it; at most so many characters. */
function cut(text: string, max: number): string {
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').replaceAll(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '');
  const trimmed = line.trim();
  // Not between the two halves of a character.
  return trimmed.length > max ? `${trimmed.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : trimmed;
}
