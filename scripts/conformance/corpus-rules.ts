import type { MailProtocol } from '../../shared/mail-address.ts';

/** What a family of servers does to the bytes of a mail, by its own rules; the adapter must change nothing. */
export interface Keeping {
  /** Whether a mail can be put into a mailbox at all. */
  stores: (raw: Buffer) => boolean;
  /** The bytes that the server hands out for those in its file. */
  serves: (file: Buffer, protocol: MailProtocol) => Buffer;
}

/**
 * Dovecot keeps what the delivery agent wrote. It hands out CRLF for LF, and over IMAP4 0x80 for NUL, which a literal can't hold
 * (RFC 9051, section 4.3).
 */
export const dovecotKeeping: Keeping = {
  stores: () => true,
  serves: (file, protocol) => {
    const lines = withCrlf(file);
    return protocol === 'imap4' ? withoutNul(lines) : withLineEnd(lines);
  },
};

/** Cyrus takes only lines that end in CRLF, no NUL, and a head whose lines look like headers; it keeps them as they are. */
export const cyrusKeeping: Keeping = {
  stores: (raw) => raw.length > 0 && !raw.includes(0) && withCrlf(raw).equals(raw) && hasHead(raw),
  serves: (file, protocol) => (protocol === 'imap4' ? file : withLineEnd(file)),
};

function hasHead(raw: Buffer): boolean {
  const [head = ''] = raw.toString('latin1').split(/^\r\n/m);
  return head === '' || (head.endsWith('\r\n') && head.split('\r\n').every((line) => line === '' || /^[ \t]|:/.test(line)));
}

function withCrlf(bytes: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let from = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) {
    if (at > 0 && bytes[at - 1] === 13) continue;
    pieces.push(bytes.subarray(from, at), Buffer.from('\r\n'));
    from = at + 1;
  }
  return Buffer.concat([...pieces, bytes.subarray(from)]);
}

function withoutNul(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => (byte === 0 ? 0x80 : byte)));
}

/** The end of a mail over POP3 is CRLF, dot, CRLF (RFC 1939, section 3): the first of them is part of the mail. */
function withLineEnd(bytes: Buffer): Buffer {
  return bytes.subarray(-2).equals(Buffer.from('\r\n')) ? bytes : Buffer.concat([bytes, Buffer.from('\r\n')]);
}
