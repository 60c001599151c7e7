import { sequence } from './sequence.ts';

/**
 * The mails of `drain`: 45 % text, 45 % text and HTML, 10 % with an attachment of 100 to 300 KB (as encoded in the mail);
 * median about 10 KB, about 61 MB for 2,000. The same mails at each run: sizes come from a fixed sequence.
 */
export interface BenchMail {
  id: string;
  raw: Buffer;
}

export function makeCorpus(count: number): BenchMail[] {
  const random = sequence(42);
  return Array.from({ length: count }, (_, index) => {
    const id = `bench-${String(index).padStart(6, '0')}`;
    const kind = index % 20;
    const parts = kind < 9 ? [text(random)] : kind < 18 ? [text(random), html(random)] : [text(random), attachment(random)];
    return { id, raw: Buffer.from(mail(id, parts), 'latin1') };
  });
}

const words = 'order invoice delivery customer amount number street please regards attached monday total item quantity price'.split(' ');

function mail(id: string, parts: string[]): string {
  const head = [
    `From: Sender ${id} <${id}@example.com>`,
    'To: orders@example.com',
    `Subject: ${id} =?utf-8?Q?Bestellung_f=C3=BCr_M=C3=BCnchen?=`,
    `Message-ID: <${id}@example.com>`,
    'Date: Sun, 22 Nov 2026 10:00:00 +0000',
    'MIME-Version: 1.0',
  ];
  const boundary = `=_${id}`;
  const kind = parts.length > 1 && parts[1]?.startsWith('Content-Type: text/html') ? 'alternative' : 'mixed';
  const body = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('');
  return `${head.join('\r\n')}\r\nContent-Type: multipart/${kind}; boundary="${boundary}"\r\n\r\n${body}--${boundary}--\r\n`;
}

function text(random: () => number): string {
  return `Content-Type: text/plain; charset=utf-8\r\n\r\n${prose(random, 4_000 + random() * 8_000)}`;
}

function html(random: () => number): string {
  return `Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>${prose(random, 3_000 + random() * 6_000)}</p></body></html>`;
}

function attachment(random: () => number): string {
  const size = Math.round(100_000 + random() * 200_000);
  const bytes = Buffer.from(Array.from({ length: Math.round((size * 3) / 4) }, () => Math.floor(random() * 256)));
  const lines = bytes.toString('base64').replaceAll(/.{76}/g, '$&\r\n');
  return `Content-Type: application/pdf; name="order.pdf"\r\nContent-Disposition: attachment; filename="order.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines}`;
}

function prose(random: () => number, length: number): string {
  let line = '';
  let out = '';
  while (out.length < length) {
    line += `${words[Math.floor(random() * words.length)] ?? ''} `;
    if (line.length > 70) {
      out += `${line.trimEnd()}\r\n`;
      line = '';
    }
  }
  return out;
}

/** One mail with an attachment of `mb` MB, before its encoding. */
export function* largeMail(id: string, mb: number): Generator<Buffer> {
  const boundary = `=_${id}`;
  const line = `${'TWFpbHJvb20s'.repeat(6)}\r\n`;
  yield Buffer.from(
    `From: Sender <sender@example.com>\r\nTo: orders@example.com\r\nSubject: ${id}\r\nMessage-ID: <${id}@example.com>\r\nMIME-Version: 1.0\r\n` +
      `Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n--${boundary}\r\nContent-Type: text/plain\r\n\r\nHere it is.\r\n` +
      `--${boundary}\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="big.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n`,
  );
  // A line holds 54 bytes.
  const thousandLines = Buffer.from(line.repeat(1_000));
  for (let bytes = 0; bytes < mb * 1e6; bytes += 54_000) yield thousandLines;
  yield Buffer.from(`--${boundary}--\r\n`);
}
