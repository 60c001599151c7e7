import iconv from 'iconv-lite';

/**
 * Text from bytes, whatever charset the mail says they have.
 *
 * Node's own decoders (Encoding Standard) come first, iconv-lite has what they lack, such as UTF-7. Labels are often wrong:
 * - UTF-8, US-ASCII, unknown or none: UTF-8 where the bytes are, else windows-1252.
 * - Western single-byte charsets decode anything, so bytes that are valid UTF-8 with at least one longer character are UTF-8.
 */
export function decodeText(bytes: Uint8Array, label: string): string {
  const charset = normalize(label);
  if (assumed.has(charset) || western.test(charset)) {
    return decodeUtf8(bytes, assumed.has(charset)) ?? (charset.endsWith('-15') ? latin9 : windows1252).decode(bytes);
  }
  const decoder = decoderOf(charset);
  if (decoder) return decoder.decode(charset === 'iso-2022-jp' ? withoutIdleEscapes(bytes) : bytes);
  if (iconv.encodingExists(charset)) return iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), charset);
  return decodeUtf8(bytes, true) ?? windows1252.decode(bytes);
}

/** Of two labels, whether text may be split between them in the middle of a character. */
export function isSameCharset(a: string, b: string): boolean {
  return normalize(a) === normalize(b);
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const lenientUtf8 = new TextDecoder('utf-8');
const windows1252 = new TextDecoder('windows-1252');
const latin9 = new TextDecoder('iso-8859-15');

const assumed = new Set(['', 'utf-8', 'utf8', 'us-ascii', 'ascii', 'ansi_x3.4-1968', 'unknown-8bit', 'x-unknown', 'default']);
const western = /^(iso-?8859-1|iso-?8859-15|windows-1252|cp-?1252|latin-?1|l1)$/;

/** Undefined where it is something else. One broken character among many good ones, as where a mail was cut off, is no proof of that. */
function decodeUtf8(bytes: Uint8Array, isLikely: boolean): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    if (!isLikely) return undefined;
  }
  const text = lenientUtf8.decode(bytes);
  let broken = 0;
  let good = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0xfffd) broken += 1;
    else if (code > 0x7f) good += 1;
  }
  return broken * 4 < good ? text : undefined;
}

function normalize(label: string): string {
  const charset = label
    .trim()
    .replace(/^["']|["']$/g, '')
    .toLowerCase()
    .replaceAll('_', '-');
  // Later editions only add characters to these.
  if (charset.startsWith('iso-2022-jp')) return 'iso-2022-jp';
  return charset.replace(/^(cp|win|windows)-?(125\d|874)$/, 'windows-$2');
}

/** Where lines or words were put together one escape sequence follows another, which Node's decoder takes for an error. */
function withoutIdleEscapes(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  // oxlint-disable-next-line no-control-regex
  return Buffer.from(text.replaceAll(/\x1b[($].(?=\x1b)/g, ''), 'latin1');
}

function decoderOf(charset: string): TextDecoder | undefined {
  // The Encoding Standard takes little-endian for granted; iconv-lite looks at the bytes.
  if (charset === 'utf-16') return undefined;
  for (const label of [charset, charset.replaceAll('-', '_')]) {
    try {
      return new TextDecoder(label);
    } catch {
      // Not a label that Node knows.
    }
  }
  return undefined;
}
