import type { MailSenderConfig } from '../../shared/catalog/mail-sender.ts';
import { mailSender } from '../../shared/catalog/mail-sender.ts';
import type { RawMail } from '../ports/mailbox.ts';

/** Mails for tests, written by hand where every byte matters. */

export const lines = (...text: string[]) => text.join('\r\n');

/** @param chunkBytes how much of it comes at a time */
export function rawOf(content: string | Uint8Array, chunkBytes = 64 * 1024): RawMail {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return {
    sizeBytes: bytes.length,
    async *open() {
      for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
    },
  };
}

export function multipart(subtype: string, parts: string[], boundary = 'b1'): string {
  const head = lines(
    'From: a@example.test',
    'Subject: Parts',
    'MIME-Version: 1.0',
    `Content-Type: multipart/${subtype}; boundary="${boundary}"`,
    '',
    '',
  );
  return head + inside(parts, boundary);
}

/** A multipart to be put into another. */
export function nested(subtype: string, parts: string[], boundary: string): string {
  return lines(`Content-Type: multipart/${subtype}; boundary="${boundary}"`, '', inside(parts, boundary));
}

const inside = (parts: string[], boundary: string) => `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`;

export const plain = (text: string, charset = 'utf-8') => lines(`Content-Type: text/plain; charset=${charset}`, '', text);
export const html = (text: string) => lines('Content-Type: text/html; charset=utf-8', '', text);

export function file(name: string | undefined, content: Uint8Array | string, type = 'application/pdf'): string {
  const disposition = name === undefined ? 'attachment' : `attachment; filename="${name}"`;
  const base64 = Buffer.from(content)
    .toString('base64')
    .replaceAll(/(.{76})/g, '$1\r\n');
  return lines(`Content-Type: ${type}`, `Content-Disposition: ${disposition}`, 'Content-Transfer-Encoding: base64', '', base64);
}

/** A channel as it is before anybody changes it. */
export function mailSenderConfig(overrides: Partial<MailSenderConfig> = {}): MailSenderConfig {
  return { ...mailSender.config.parse({}), ...overrides };
}
