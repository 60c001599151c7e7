/** MAPI properties as TNEF has them (MS-OXTNEF, section 2.1.3.4). */
export interface TnefProperty {
  /** Of the value: 0x1e text in the codepage, 0x1f UTF-16, 0x102 bytes, 0x0d an object … */
  type: number;
  value: Buffer;
}

const multipleFlag = 0x1000;
const firstNamedId = 0x8000;
const namedByText = 1;
/** Sizes of values that have a fixed one; each fills up to 4 bytes. */
const fixedBytes: Record<number, number> = {
  0x02: 4,
  0x03: 4,
  0x04: 4,
  0x05: 8,
  0x06: 8,
  0x07: 8,
  0x0a: 4,
  0x0b: 4,
  0x14: 8,
  0x40: 8,
  0x48: 16,
};
const variableTypes = new Set([0x0d, 0x1e, 0x1f, 0x102]);
/** More than any mail has. */
const maxProperties = 20_000;

/**
 * Properties by their id; of several values the first. Those with a name instead of an id are left out.
 *
 * @throws Error when a length leads out of the bytes, or a type is not known
 */
export function readProperties(bytes: Buffer): Map<number, TnefProperty> {
  const reader = new ByteReader(bytes);
  const found = new Map<number, TnefProperty>();
  const count = reader.uint32();
  if (count > maxProperties) throw new Error('it has too many properties');
  for (let index = 0; index < count; index += 1) {
    const type = reader.uint16();
    const id = reader.uint16();
    if (id >= firstNamedId) skipName(reader);
    const value = readValue(reader, type);
    if (value && id < firstNamedId && !found.has(id)) found.set(id, { type: type & ~multipleFlag, value });
  }
  return found;
}

function skipName(reader: ByteReader): void {
  reader.skip(16);
  if (reader.uint32() === namedByText) reader.padded(reader.uint32());
  else reader.skip(4);
}

function readValue(reader: ByteReader, type: number): Buffer | undefined {
  const single = type & ~multipleFlag;
  const size = fixedBytes[single];
  if (size !== undefined) {
    const count = type === single ? 1 : reader.uint32();
    return reader.bytes(size * count).subarray(0, size);
  }
  // Null has no value at all.
  if (single <= 0x01) return undefined;
  if (!variableTypes.has(single)) throw new Error(`it has a property of type ${single}, which is not known`);
  const count = reader.uint32();
  let first: Buffer | undefined;
  for (let index = 0; index < count; index += 1) {
    const value = reader.padded(reader.uint32());
    first ??= value;
  }
  return first;
}

/** Reads from the front; a length that leads out of the bytes is an error, not an empty rest. Numbers are little-endian. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Error('it ends too early');
    const view = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return view;
  }

  /** Filled up to a multiple of 4, where there is something behind it. */
  padded(length: number): Buffer {
    const view = this.bytes(length);
    this.skip(Math.min((4 - (length % 4)) % 4, this.#bytes.length - this.#at));
    return view;
  }

  skip(length: number): void {
    this.bytes(length);
  }

  uint8(): number {
    return this.bytes(1).readUInt8(0);
  }

  uint16(): number {
    return this.bytes(2).readUInt16LE(0);
  }

  uint32(): number {
    return this.bytes(4).readUInt32LE(0);
  }
}
