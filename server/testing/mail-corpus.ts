import { randomBytes } from 'node:crypto';

/** Mails in which a careless transfer changes a byte; each ends in CRLF, as POP3 can't tell otherwise (RFC 1939, section 3). */
export function mailCorpus(): { name: string; raw: Buffer }[] {
  const mail = (subject: string, body: string | Buffer, encoding: BufferEncoding = 'utf8') =>
    Buffer.concat([
      Buffer.from(`From: a@example.test\r\nSubject: ${subject}\r\nMessage-ID: <${randomBytes(8).toString('hex')}@example.test>\r\n\r\n`),
      typeof body === 'string' ? Buffer.from(body, encoding) : body,
      Buffer.from('\r\n'),
    ]);
  return [
    { name: 'text', raw: mail('text', 'Hello') },
    { name: 'empty body', raw: mail('empty', '') },
    { name: 'dots', raw: mail('dots', '.\r\n..\r\n.leading\r\n...\r\n.') },
    { name: '8-bit, latin-1', raw: mail('latin1', 'Grüße', 'latin1') },
    { name: '8-bit, UTF-8', raw: mail('utf8', 'Grüße €') },
    { name: 'one long line', raw: mail('long line', 'x'.repeat(200_000)) },
    { name: 'looks like IMAP', raw: mail('imap', ')\r\nA1 OK done\r\n* BYE\r\n{5}\r\n') },
    { name: 'bytes of all kinds', raw: mail('bytes', allBytes(300_000)) },
    {
      name: '5 MB',
      raw: mail(
        'large',
        randomBytes(3_800_000)
          .toString('base64')
          .replaceAll(/(.{76})/g, '$1\r\n'),
      ),
    },
  ];
}

/** Everything but NUL, which IMAP can't carry, and CR and LF, which Maildir may rewrite. */
function allBytes(count: number): Buffer {
  const allowed = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => ![0, 10, 13].includes(byte));
  return Buffer.from(
    Array.from({ length: count }, (_, index) => (index % 900 === 899 ? [13, 10] : [allowed[index % allowed.length] ?? 32])).flat(),
  );
}
