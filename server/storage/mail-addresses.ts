/** Whether a mail is from or to an address: read from its head as it stands, never from its body. */

/** RFC 5322, section 3.6.2, 3.6.3 and 3.6.6. */
const addressFields = new Set([
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'bcc',
  'resent-from',
  'resent-sender',
  'resent-to',
  'resent-cc',
  'resent-bcc',
]);
/** Longer heads are not read to their end; no mail that became a message has one (`MAIL_NOT_PARSEABLE`). */
const maxHeadBytes = 2_000_000;

/** @returns a test of texts like `Ada <ada@example.com>, bob@example.com`: whole addresses only, whatever the case of letters */
export function addressTest(address: string): (text: string) => boolean {
  const escaped = address.trim().replaceAll(/[$()*+.?[\\\]^{|}/]/g, String.raw`\$&`);
  // What may be part of an address must not stand before or behind it (RFC 5322, 3.2.3).
  const whole = new RegExp(String.raw`(?<![\p{L}\p{N}.!#$%&'*+/=?^_\x60{|}~@-])${escaped}(?![\p{L}\p{N}@_-]|\.[\p{L}\p{N}])`, 'iu');
  return (text) => whole.test(text);
}

/** The fields of a mail's head that name people, unfolded, as one text. */
export async function addressFieldsOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  let head = '';
  for await (const chunk of content) {
    // Addresses are ASCII or UTF-8 (RFC 6532); a character that is cut in two here costs itself alone.
    head += Buffer.from(chunk).toString('utf8');
    if (/\r?\n\r?\n/.test(head) || head.length > maxHeadBytes) break;
  }
  const [fields = ''] = head.split(/\r?\n\r?\n/, 1);
  return fields
    .replaceAll(/\r?\n[ \t]+/g, ' ')
    .split(/\r?\n/)
    .filter((line) =>
      addressFields.has(
        line
          .slice(0, Math.max(0, line.indexOf(':')))
          .trim()
          .toLowerCase(),
      ),
    )
    .join('\n');
}
