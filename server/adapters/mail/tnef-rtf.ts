import { ByteReader } from './tnef-properties.ts';

/** What the dictionary holds at first (MS-OXRTFCP, section 2.1.2.1). */
const dictionaryStart =
  '{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx';
const dictionaryBytes = 4_096;
const compressed = 0x75465a4c;
const uncompressed = 0x414c454d;
/** A byte can stand for 17 at most; this is where it stops being a text. */
const maxRtfBytes = 16 * 1024 * 1024;

/**
 * Rich text as Outlook compresses it (MS-OXRTFCP, section 2.1).
 *
 * @throws Error when it is damaged or too large
 */
export function decompressRtf(bytes: Buffer): Buffer {
  const reader = new ByteReader(bytes);
  reader.skip(4);
  const rawBytes = reader.uint32();
  const kind = reader.uint32();
  reader.skip(4);
  if (rawBytes > maxRtfBytes) throw new Error('its rich text is too large');
  if (kind === uncompressed) return reader.bytes(rawBytes);
  if (kind !== compressed) throw new Error('its rich text is compressed in a way that is not known');
  const text = new RtfText(rawBytes);
  while (!text.isFull) {
    const control = reader.uint8();
    for (let bit = 0; bit < 8 && !text.isFull; bit += 1) {
      const isReference = (control >> bit) % 2 === 1;
      if (!isReference) text.put(reader.uint8());
      else if (!text.repeat(reader.bytes(2).readUInt16BE(0))) return text.bytes;
    }
  }
  return text.bytes;
}

/** The text so far, and the last of it as a ring that is referred to. */
class RtfText {
  readonly #text: Buffer;
  #length = 0;
  readonly #dictionary = Buffer.alloc(dictionaryBytes);
  #end = this.#dictionary.write(dictionaryStart, 'latin1');

  constructor(bytes: number) {
    this.#text = Buffer.alloc(bytes);
  }

  get isFull(): boolean {
    return this.#length >= this.#text.length;
  }

  get bytes(): Buffer {
    return this.#text.subarray(0, this.#length);
  }

  put(byte: number): void {
    if (!this.isFull) this.#text[this.#length++] = byte;
    this.#dictionary[this.#end] = byte;
    this.#end = (this.#end + 1) % dictionaryBytes;
  }

  /** 12 bits where, 4 bits how many less 2. False when it refers to the end of the ring, which is the end of the text. */
  repeat(reference: number): boolean {
    let from = reference >> 4;
    if (from === this.#end) return false;
    for (let count = (reference & 15) + 2; count > 0; count -= 1) {
      this.put(this.#dictionary[from] ?? 0);
      from = (from + 1) % dictionaryBytes;
    }
    return true;
  }
}
