import libmime from 'libmime';
import { decodeWords } from './encoded-words.ts';
import { parseHead, unfold, type HeaderLine } from './parse-head.ts';

/** What the head of a mail or of one of its parts says about its content. */
export interface MimePart {
  lines: HeaderLine[];
  /** The multipart it is in; undefined for the mail itself. */
  parent: MimePart | undefined;
  /** Media type in lower case; what RFC 2045, section 5.2 assumes where none is given. */
  contentType: string;
  /** Of Content-Type, under lower-case names, decoded (RFC 2231). */
  parameters: Record<string, string>;
  disposition: 'attachment' | 'inline' | undefined;
  /** As the mail has it; may be hostile. */
  fileName: string | undefined;
  contentId: string | undefined;
  /** Content-Transfer-Encoding in lower case. */
  encoding: string;
}

/** @param head its lines; of several lines of one name the first counts */
export function readPart(head: Uint8Array, parent: MimePart | undefined): MimePart {
  const lines = parseHead(head);
  const type = headerValue(lines, 'content-type');
  const disposition = headerValue(lines, 'content-disposition');
  const contentId = structured(lines, 'content-id').replaceAll(/^<|>$/g, '').trim();
  const fileName = disposition.parameters['filename'] ?? type.parameters['name'];
  return {
    lines,
    parent,
    contentType: mediaType(type.value, parent),
    parameters: type.parameters,
    disposition: dispositionOf(disposition.value),
    fileName: fileName === '' ? undefined : fileName,
    contentId: contentId === '' ? undefined : contentId,
    encoding: /^[\w-]+/.exec(structured(lines, 'content-transfer-encoding'))?.[0].toLowerCase() ?? '',
  };
}

/** A part that is not multipart, or has no boundary to tell its parts by. */
export function isLeaf(part: MimePart): boolean {
  return boundaryOf(part) === undefined;
}

export function boundaryOf({ contentType, parameters }: MimePart): string | undefined {
  const boundary = parameters['boundary']?.trimEnd() ?? '';
  return contentType.startsWith('multipart/') && boundary !== '' ? boundary : undefined;
}

function structured(lines: HeaderLine[], name: string): string {
  return unfold(lines.find((line) => line.name.toLowerCase() === name)?.raw ?? '').trim();
}

function headerValue(lines: HeaderLine[], name: string): { value: string; parameters: Record<string, string> } {
  const { value, params } = libmime.parseHeaderValue(structured(lines, name));
  const parameters = Object.entries(params).map(([key, text]) => [key, decodeWords(text)]);
  return { value: (value || '').toLowerCase(), parameters: Object.fromEntries(parameters) as Record<string, string> };
}

function mediaType(value: string, parent: MimePart | undefined): string {
  const [type] = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+/.exec(value) ?? [];
  if (type !== undefined) return type;
  if (value === '' && parent?.contentType === 'multipart/digest') return 'message/rfc822';
  // `text` alone was written before there were media types (RFC 1049).
  return value === '' || value === 'text' ? 'text/plain' : 'application/octet-stream';
}

/** What is not known is an attachment (RFC 2183, section 2.8). */
function dispositionOf(value: string): MimePart['disposition'] {
  if (value === '') return undefined;
  return value === 'inline' ? 'inline' : 'attachment';
}
