/** Writes what Outlook writes as `winmail.dat` (MS-OXTNEF), as far as tests need it. */

export interface TnefMail {
  codepage?: number;
  /** As attribute of the message. */
  body?: string;
  /** As properties of the message. */
  properties?: Buffer[];
  files?: { title: string; content: Buffer; properties?: Buffer[] }[];
}

const uint16 = (value: number) => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};
export const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const padded = (value: Buffer) => Buffer.concat([value, Buffer.alloc((4 - (value.length % 4)) % 4)]);

export function attribute(level: 1 | 2, id: number, value: Buffer): Buffer {
  const checksum = value.reduce((sum, byte) => (sum + byte) & 0xffff, 0);
  return Buffer.concat([Buffer.from([level]), uint32(id), uint32(value.length), value, uint16(checksum)]);
}

const variable = (type: number, id: number, value: Buffer) =>
  Buffer.concat([uint16(type), uint16(id), uint32(1), uint32(value.length), padded(value)]);
export const unicodeProperty = (id: number, text: string) => variable(0x1f, id, Buffer.from(`${text}\0`, 'utf16le'));
export const textProperty = (id: number, text: string) => variable(0x1e, id, Buffer.from(`${text}\0`, 'latin1'));
export const binaryProperty = (id: number, value: Buffer) => variable(0x102, id, value);
export const objectProperty = (id: number, value: Buffer) => variable(0x0d, id, value);
export const numberProperty = (id: number, value: number) => Buffer.concat([uint16(0x03), uint16(id), uint32(value)]);
export const namedProperty = (name: string, value: Buffer) => {
  const text = Buffer.from(`${name}\0`, 'utf16le');
  return Buffer.concat([
    uint16(0x102),
    uint16(0x8001),
    Buffer.alloc(16, 7),
    uint32(1),
    uint32(text.length),
    padded(text),
    uint32(1),
    uint32(value.length),
    padded(value),
  ]);
};

const propertyList = (properties: Buffer[]) => Buffer.concat([uint32(properties.length), ...properties]);

export function tnefOf({ codepage = 1252, body, properties, files = [] }: TnefMail): Buffer {
  return Buffer.concat([
    uint32(0x223e9f78),
    uint16(1),
    attribute(1, 0x00089006, uint32(0x00010000)),
    attribute(1, 0x00069007, Buffer.concat([uint32(codepage), uint32(0)])),
    attribute(1, 0x00078008, Buffer.from('IPM.Microsoft Mail.Note\0')),
    ...(body === undefined ? [] : [attribute(1, 0x0002800c, Buffer.from(`${body}\0`, 'latin1'))]),
    ...(properties ? [attribute(1, 0x00069003, propertyList(properties))] : []),
    ...files.flatMap((file) => [
      attribute(2, 0x00069002, Buffer.alloc(14)),
      attribute(2, 0x00018010, Buffer.from(`${file.title}\0`, 'latin1')),
      attribute(2, 0x0006800f, file.content),
      ...(file.properties ? [attribute(2, 0x00069005, propertyList(file.properties))] : []),
    ]),
  ]);
}
