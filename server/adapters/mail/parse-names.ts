import { createHash } from 'node:crypto';
import libmime from 'libmime';

/** What is known of an attachment before it has a name that is safe and its own. */
export interface UnnamedAttachment {
  /** As the mail has it; missing or hostile. */
  fileName: string | undefined;
  contentType: string;
  /** SHA-256 of the content. */
  checksum: string;
}

/** Leaves room for a suffix within the 255 bytes of a file name. */
const maxNameBytes = 180;

/**
 * Names for the attachments of one mail, in their order: no path, no control characters, not too long, no two alike.
 * A repeated run computes the same names, so whatever is random elsewhere is derived from place and content here.
 */
export function attachmentNames(attachments: readonly UnnamedAttachment[]): string[] {
  const cleaned = attachments.map(({ fileName, contentType, checksum }, index) => {
    const name = cleanName(fileName ?? '');
    return name === '' ? `${derivedUuid(index, checksum)}.${libmime.detectExtension(contentType)}` : name;
  });
  const counts = new Map<string, number>();
  for (const name of cleaned) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
  return cleaned.map((name, index) => {
    if (counts.get(name.toLowerCase()) === 1) return name;
    const { base, extension } = split(name);
    return `${base}_${derivedUuid(index, attachments[index]?.checksum ?? '')}${extension}`;
  });
}

/** Control characters, and those that make a name read backwards (`exe.fdp` for `pdf.exe`). */
// oxlint-disable-next-line no-control-regex
const hidden = /[\0-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

function cleanName(fileName: string): string {
  const last = fileName.replaceAll(hidden, '').split(/[/\\]/).at(-1)?.trim() ?? '';
  if (/^\.*$/.test(last)) return '';
  const { base, extension } = split(last);
  return cut(base, maxNameBytes - Buffer.byteLength(extension)) + extension;
}

/** An extension of more than 16 characters is none. */
function split(name: string): { base: string; extension: string } {
  const extension = /.(\.[^.\s]{1,16})$/.exec(name)?.[1] ?? '';
  return { base: name.slice(0, name.length - extension.length), extension };
}

function cut(text: string, maxBytes: number): string {
  let kept = '';
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) return kept;
    kept += character;
  }
  return kept;
}

/** A version 8 UUID (RFC 9562, section 5.8) made of place and content. */
function derivedUuid(index: number, checksum: string): string {
  const hex = createHash('sha256').update(`${index} ${checksum}`).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
