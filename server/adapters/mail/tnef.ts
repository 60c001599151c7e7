import { decodeText } from './charset.ts';
import { decompressRtf } from './tnef-rtf.ts';
import { ByteReader, readProperties, type TnefProperty } from './tnef-properties.ts';

/** What Outlook packs into `winmail.dat` (MS-OXTNEF). */
export interface TnefContent {
  /** Its attachments; the mail's text, too, where it has that as rich text only. */
  files: TnefFile[];
  body: { contentType: 'text/html' | 'text/plain'; content: string } | undefined;
}

export interface TnefFile {
  fileName: string | undefined;
  contentType: string | undefined;
  contentId: string | undefined;
  /** A view of the bytes that were unpacked. */
  content: Buffer;
}

const signature = 0x223e9f78;
const attachmentLevel = 2;
/** More than Outlook makes of one mail. */
const maxFiles = 1_000;
const maxAttributes = 20_000;

/** Attributes by their id; its upper half is the type of the value (MS-OXTNEF, section 2.1.3.1). */
const attributes = {
  oemCodepage: 0x00069007,
  body: 0x0002800c,
  messageProperties: 0x00069003,
  attachmentBegins: 0x00069002,
  attachmentTitle: 0x00018010,
  attachmentData: 0x0006800f,
  attachmentProperties: 0x00069005,
};

/** MAPI properties by their id (MS-OXPROPS). */
const properties = {
  body: 0x1000,
  rtfCompressed: 0x1009,
  html: 0x1013,
  displayName: 0x3001,
  attachmentData: 0x3701,
  attachmentFileName: 0x3704,
  attachmentLongFileName: 0x3707,
  attachmentMimeTag: 0x370e,
  attachmentContentId: 0x3712,
  internetCodepage: 0x3fde,
};
const objectType = 0x000d;
/** In front of an embedded object stands the id of its interface. */
const interfaceIdBytes = 16;

/**
 * Unpacks a whole TNEF stream. Lengths are checked against what is there, so that wrong ones cost nothing.
 *
 * @throws Error that says what is wrong with it
 */
export function unpackTnef(bytes: Buffer): TnefContent {
  const reader = new ByteReader(bytes);
  if (bytes.length < 6 || reader.uint32() !== signature) throw new Error('it is no TNEF');
  reader.skip(2);
  const files: TnefFile[] = [];
  let codepage = 1252;
  let plain: string | undefined;
  let current: Map<number, TnefProperty> | undefined;
  let message = new Map<number, TnefProperty>();
  let count = 0;
  const close = () => {
    if (current) files.push(fileOf(current, codepage));
    current = undefined;
  };
  while (!reader.isAtEnd) {
    const { level, id, value } = readAttribute(reader);
    count += 1;
    if (count > maxAttributes || files.length > maxFiles) throw new Error('it has too many parts');
    if (id === attributes.oemCodepage && value.length >= 4) codepage = value.readUInt32LE(0);
    else if (id === attributes.body) plain = textOf(value, codepage);
    else if (id === attributes.messageProperties) message = readProperties(value);
    if (level !== attachmentLevel) continue;
    if (id === attributes.attachmentBegins) {
      close();
      current = new Map();
    } else if (current && id === attributes.attachmentTitle) {
      current.set(properties.attachmentFileName, { type: 0x1e, value });
    } else if (current && id === attributes.attachmentData) {
      current.set(properties.attachmentData, { type: 0x102, value });
    } else if (current && id === attributes.attachmentProperties) {
      for (const [key, property] of readProperties(value)) current.set(key, property);
    }
  }
  close();
  const body = bodyOf(message, plain, codepage);
  const rtf = message.get(properties.rtfCompressed);
  if (!body && rtf) {
    files.push({ fileName: 'message.rtf', contentType: 'application/rtf', contentId: undefined, content: decompressRtf(rtf.value) });
  }
  return { files, body };
}

function readAttribute(reader: ByteReader): { level: number; id: number; value: Buffer } {
  const level = reader.uint8();
  const id = reader.uint32();
  const value = reader.bytes(reader.uint32());
  // The checksum has kept nobody from anything; programs that write a wrong one are read like others.
  reader.skip(2);
  return { level, id, value };
}

function fileOf(found: Map<number, TnefProperty>, codepage: number): TnefFile {
  const text = (id: number) => propertyText(found.get(id), codepage);
  const data = found.get(properties.attachmentData);
  const isObject = data?.type === objectType;
  const content = data?.value ?? Buffer.alloc(0);
  const fileName = text(properties.attachmentLongFileName) ?? text(properties.attachmentFileName) ?? text(properties.displayName);
  // An embedded message is a TNEF of its own; it stays one file, as an attached mail does.
  if (isObject && isTnef(content.subarray(interfaceIdBytes))) {
    return {
      fileName: `${fileName ?? 'message'}.dat`,
      contentType: 'application/ms-tnef',
      contentId: undefined,
      content: content.subarray(interfaceIdBytes),
    };
  }
  const contentId = text(properties.attachmentContentId)?.replaceAll(/^<|>$/g, '');
  return { fileName, contentType: text(properties.attachmentMimeTag)?.toLowerCase(), contentId, content };
}

function isTnef(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.readUInt32LE(0) === signature;
}

function bodyOf(message: Map<number, TnefProperty>, plain: string | undefined, codepage: number): TnefContent['body'] {
  const internetCodepage = message.get(properties.internetCodepage)?.value;
  const html = message.get(properties.html);
  if (html && html.value.length > 0) {
    const htmlCodepage = internetCodepage && internetCodepage.length >= 4 ? internetCodepage.readUInt32LE(0) : codepage;
    const content = html.type === 0x102 ? decodeText(html.value, charsetOf(htmlCodepage)) : propertyText(html, htmlCodepage);
    if (content !== undefined) return { contentType: 'text/html', content };
  }
  const text = propertyText(message.get(properties.body), codepage) ?? plain;
  return text === undefined ? undefined : { contentType: 'text/plain', content: text.replaceAll('\r\n', '\n') };
}

function propertyText(property: TnefProperty | undefined, codepage: number): string | undefined {
  if (!property) return undefined;
  if (property.type === 0x1f) return emptyAsMissing(property.value.toString('utf16le'));
  return property.type === 0x1e ? textOf(property.value, codepage) : undefined;
}

function textOf(value: Buffer, codepage: number): string | undefined {
  return emptyAsMissing(decodeText(value, charsetOf(codepage)));
}

/** Strings end in a NUL. */
function emptyAsMissing(text: string): string | undefined {
  const [content = ''] = text.split('\0', 1);
  return content === '' ? undefined : content;
}

/** Codepages that are not called by their number. */
const charsets: Record<number, string> = {
  932: 'shift_jis',
  936: 'gbk',
  949: 'euc-kr',
  950: 'big5',
  1200: 'utf-16le',
  20127: 'us-ascii',
  20866: 'koi8-r',
  28591: 'iso-8859-1',
  28592: 'iso-8859-2',
  28605: 'iso-8859-15',
  50220: 'iso-2022-jp',
  54936: 'gb18030',
  65001: 'utf-8',
};

function charsetOf(codepage: number): string {
  return charsets[codepage] ?? `cp${codepage}`;
}
