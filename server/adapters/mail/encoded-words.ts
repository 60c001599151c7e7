import { decodeText, isSameCharset } from './charset.ts';
import { hexByte, transferDecoder } from './transfer-decoding.ts';

interface EncodedWord {
  charset: string;
  encoding: string;
  text: string;
}

/**
 * Decodes the encoded-words of an unfolded header value (RFC 2047). White space between two of them belongs to neither.
 * Characters that were split between words of one charset are put together first, though RFC 2047, section 5 forbids the split.
 */
export function decodeWords(text: string): string {
  let decoded = '';
  let at = 0;
  let run: EncodedWord[] = [];
  const flush = () => {
    decoded += decodeRun(run);
    run = [];
  };
  for (const match of text.matchAll(/=\?([^?\s]{1,100})\?([BbQq])\?([^?]*)\?=/g)) {
    const between = text.slice(at, match.index);
    const [all, charset = '', encoding = '', content = ''] = match;
    // RFC 2231, section 5 puts a language behind the charset.
    const word = { charset: charset.split('*')[0] ?? '', encoding: encoding.toUpperCase(), text: content };
    const isNext = run.length > 0 && between.trim() === '';
    if (!isNext || !isSameCharset(run[0]?.charset ?? '', word.charset)) flush();
    if (!isNext) decoded += between;
    run.push(word);
    at = match.index + all.length;
  }
  flush();
  return decoded + text.slice(at);
}

function decodeRun(words: EncodedWord[]): string {
  if (words.length === 0) return '';
  const pieces: Uint8Array[] = [];
  let base64 = transferDecoder('base64');
  for (const { encoding, text } of words) {
    if (encoding === 'B') {
      pieces.push(base64.write(Buffer.from(text, 'latin1')));
    } else {
      base64 = transferDecoder('base64');
      pieces.push(decodeQ(text));
    }
  }
  // An encoded line end would be a header of its own wherever the value is written to a header again.
  // oxlint-disable-next-line no-control-regex
  return decodeText(Buffer.concat(pieces), words[0]?.charset ?? '').replaceAll(/[\0\r\n]+/g, ' ');
}

/** RFC 2047, section 4.2. */
function decodeQ(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  const decoded = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    const escaped = byte === 0x3d ? hexByte(bytes, at + 1) : undefined;
    if (escaped !== undefined) at += 2;
    decoded[length] = escaped ?? (byte === 0x5f ? 0x20 : byte);
    length += 1;
  }
  return decoded.subarray(0, length);
}
