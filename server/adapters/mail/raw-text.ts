import { isUtf8 } from 'node:buffer';

/** Of a mail as text: it is held in memory, often by many messages at once. */
export const maxRawTextBytes = 16 * 1024 * 1024;

export interface RawText {
  text: string;
  /** How the text was made, so that it can be turned back into the very bytes. */
  charset: 'utf-8' | 'iso-8859-1';
}

/** A whole mail as text: as UTF-8 where its bytes are, else one character for each byte. Nothing is lost either way. */
export function rawText(bytes: Buffer): RawText {
  return isUtf8(bytes) ? { text: bytes.toString('utf8'), charset: 'utf-8' } : { text: bytes.toString('latin1'), charset: 'iso-8859-1' };
}
