/** Content-Transfer-Encoding (RFC 2045, section 6), piece by piece. */
export interface TransferDecoder {
  write(bytes: Uint8Array): Buffer;
  /** What was held back. */
  end(): Buffer;
}

/** An encoding that is not known is read as it is. */
export function transferDecoder(encoding: string): TransferDecoder {
  if (encoding === 'base64') return base64Decoder();
  if (encoding === 'quoted-printable') return quotedPrintableDecoder();
  return { write: viewOf, end: () => nothing };
}

const nothing = Buffer.alloc(0);

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const padding = 64;
/** Value of each character of the alphabet; -1 for what is to be skipped (RFC 2045, section 6.8). */
const base64Values = new Int8Array(256).fill(-1);
for (const [value, code] of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=').entries()) {
  base64Values[code] = value;
}

function valueAt(bytes: Uint8Array, at: number): number {
  return base64Values[bytes[at] ?? 0] ?? -1;
}

/** Goes on after padding: mails are found that were put together from several encoded pieces. */
function base64Decoder(): TransferDecoder {
  let bits = 0;
  let count = 0;
  return {
    write(bytes) {
      const decoded = Buffer.allocUnsafe(Math.ceil((bytes.length * 3) / 4) + 3);
      let length = 0;
      for (let at = 0; at < bytes.length; at += 1) {
        // Four characters at a time, as long as nothing else is between them: a third of the time.
        while (count === 0 && at + 3 < bytes.length) {
          const first = valueAt(bytes, at);
          const second = valueAt(bytes, at + 1);
          const third = valueAt(bytes, at + 2);
          const fourth = valueAt(bytes, at + 3);
          // Negative ones and the padding have bits above the sixth.
          if (((first | second | third | fourth) & ~0x3f) !== 0) break;
          decoded[length] = (first << 2) | (second >> 4);
          decoded[length + 1] = (second << 4) | (third >> 2);
          decoded[length + 2] = (third << 6) | fourth;
          length += 3;
          at += 4;
        }
        if (at >= bytes.length) break;
        const value = valueAt(bytes, at);
        if (value < 0) continue;
        if (value === padding) {
          bits = 0;
          count = 0;
          continue;
        }
        bits = ((bits << 6) | value) & 0xffffff;
        count += 1;
        // Each byte is there as soon as its last bit is, so that a missing end costs nothing.
        if (count === 1) continue;
        decoded[length] = bits >> (6 - 2 * (count - 1));
        length += 1;
        if (count === 4) count = 0;
      }
      return decoded.subarray(0, length);
    },
    end: () => nothing,
  };
}

/** A longer line is decoded before its end is seen. */
const maxHeldBytes = 64 * 1024;

function quotedPrintableDecoder(): TransferDecoder {
  let held = nothing;
  return {
    write(bytes) {
      const all = held.length === 0 ? viewOf(bytes) : Buffer.concat([held, bytes]);
      let end = all.lastIndexOf(0x0a) + 1;
      // Of a line without end, `=` and the two characters behind it stay together.
      if (end === 0 && all.length > maxHeldBytes) end = all.length - 3 + Math.max(0, all.subarray(-3).lastIndexOf(0x3d));
      held = Buffer.from(all.subarray(end));
      return decodeQuotedPrintable(all.subarray(0, end));
    },
    end() {
      const rest = decodeQuotedPrintable(held);
      held = nothing;
      return rest;
    },
  };
}

/** Whole lines. What is not encoded correctly stays as it is (RFC 2045, section 6.7). */
function decodeQuotedPrintable(bytes: Buffer): Buffer {
  const decoded = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  /** End of what may not be taken off as white space before a line end. */
  let solid = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x0a || (byte === 0x0d && bytes[at + 1] === 0x0a)) length = solid;
    if (byte === 0x3d) {
      const value = hexByte(bytes, at + 1);
      if (value !== undefined) {
        decoded[length] = value;
        length += 1;
        solid = length;
        at += 2;
        continue;
      }
      const lineEnd = endOfSoftBreak(bytes, at + 1);
      if (lineEnd !== undefined) {
        solid = length;
        at = lineEnd - 1;
        continue;
      }
    }
    decoded[length] = byte;
    length += 1;
    if (byte !== 0x20 && byte !== 0x09) solid = length;
  }
  return decoded.subarray(0, length);
}

/** Behind `=`, white space up to the line's end, or the end of the mail. */
function endOfSoftBreak(bytes: Buffer, from: number): number | undefined {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x09 || (bytes[at] === 0x0d && bytes[at + 1] === 0x0a)) at += 1;
  if (at >= bytes.length) return at;
  return bytes[at] === 0x0a ? at + 1 : undefined;
}

export function hexByte(bytes: Uint8Array, at: number): number | undefined {
  const high = hexDigit(bytes[at]);
  const low = hexDigit(bytes[at + 1]);
  return high === undefined || low === undefined ? undefined : high * 16 + low;
}

function hexDigit(code = 0): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : undefined;
}
