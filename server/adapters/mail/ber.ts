/**
 * ASN.1 in BER (X.690), as far as CMS and certificates need it. Read on demand: nothing is looked at that nobody asks for,
 * and every value is a view of the bytes, so that neither depth nor number of what strangers send costs anything.
 */
export interface BerElement {
  /** Class and number as in the first octet without the constructed bit: 0x02 INTEGER, 0x10 SEQUENCE, 0x80 [0] … */
  tag: number;
  isConstructed: boolean;
  /** Without tag, length and end marker. */
  content: Buffer;
  /** All of it. */
  bytes: Buffer;
}

export const berTag = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x10,
  set: 0x11,
  /** Context-specific. */
  context: (number: number) => 0x80 | number,
};

const constructedBit = 0x20;
const endOfContents = 0;
/** Only elements of unknown length must be looked into to find their end. */
const maxOpenDepth = 32;
/** A 64 MB mail in pieces of 4 KB has 16,000. */
const maxElements = 100_000;

/** @throws Error when it is no BER, or ends too early */
export function readBer(bytes: Buffer, at = 0): BerElement {
  return read(bytes, at, 0);
}

function read(bytes: Buffer, at: number, depth: number): BerElement {
  const first = octet(bytes, at);
  if ((first & 0x1f) === 0x1f) throw new Error('it has a tag that is not known');
  const tag = first & ~constructedBit;
  const isConstructed = (first & constructedBit) !== 0;
  const lengthOctet = octet(bytes, at + 1);
  if (lengthOctet === 0x80) {
    if (!isConstructed) throw new Error('a value has no length');
    const start = at + 2;
    const end = endOfOpen(bytes, start, depth);
    return { tag, isConstructed, content: bytes.subarray(start, end), bytes: bytes.subarray(at, end + 2) };
  }
  const { length, start } = definiteLength(bytes, at + 1, lengthOctet);
  if (start + length > bytes.length) throw new Error('it ends too early');
  return { tag, isConstructed, content: bytes.subarray(start, start + length), bytes: bytes.subarray(at, start + length) };
}

function definiteLength(bytes: Buffer, at: number, first: number): { length: number; start: number } {
  if (first < 0x80) return { length: first, start: at + 1 };
  const count = first & 0x7f;
  if (count > 6) throw new Error('a length is too large');
  if (at + 1 + count > bytes.length) throw new Error('it ends too early');
  return { length: bytes.readUIntBE(at + 1, count), start: at + 1 + count };
}

/** Where the two zero octets are that end a value of unknown length. */
function endOfOpen(bytes: Buffer, from: number, depth: number): number {
  if (depth >= maxOpenDepth) throw new Error('it is nested too deep');
  let at = from;
  for (let count = 0; count < maxElements; count += 1) {
    if (octet(bytes, at) === endOfContents && octet(bytes, at + 1) === 0) return at;
    at += read(bytes, at, depth + 1).bytes.length;
  }
  throw new Error('it has too many parts');
}

function octet(bytes: Buffer, at: number): number {
  const value = bytes[at];
  if (value === undefined) throw new Error('it ends too early');
  return value;
}

/** The elements in a constructed one. */
export function childrenOf(element: BerElement): BerElement[] {
  if (!element.isConstructed) throw new Error('a value stands where a list is expected');
  const found: BerElement[] = [];
  for (let at = 0; at < element.content.length;) {
    const child = readBer(element.content, at);
    found.push(child);
    if (found.length > maxElements) throw new Error('it has too many parts');
    at += child.bytes.length;
  }
  return found;
}

/** @throws Error when it is missing or something else */
export function expectTag(element: BerElement | undefined, tag: number): BerElement {
  if (element?.tag !== tag) throw new Error('it is not built as it should be');
  return element;
}

/** An OCTET STRING, whole or in pieces (X.690, section 8.7). */
export function octetsOf(element: BerElement): Buffer {
  if (!element.isConstructed) return element.content;
  // Pieces in pieces are allowed, and nobody sends them.
  return Buffer.concat(childrenOf(element).map((piece) => expectPrimitive(expectTag(piece, berTag.octetString)).content));
}

function expectPrimitive(element: BerElement): BerElement {
  if (element.isConstructed) throw new Error('it is not built as it should be');
  return element;
}

/** In dotted form. */
export function oidOf(element: BerElement | undefined): string {
  const { content } = expectTag(element, berTag.oid);
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)));
    else arcs.push(arc);
    arc = 0;
  }
  return arcs.join('.');
}

/** A small, non-negative INTEGER. */
export function numberOf(element: BerElement): number {
  const { content } = expectTag(element, berTag.integer);
  if (content.length === 0 || content.length > 4 || (content[0] ?? 0) > 0x7f) throw new Error('a number is too large');
  return content.readUIntBE(0, content.length);
}
