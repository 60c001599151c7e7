import { createHash } from 'node:crypto';

/** A name has to fit 255 bytes on usual file systems, with suffix, extension and the marks of an unfinished file. */
const maxNameBytes = 150;
const maxCharacters = 1_000;
const maxExtensionBytes = 20;
/** Names that mean a device on Windows, with any extension. */
const deviceName = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
/** Separators, what Windows refuses, control and invisible characters (bidirectional overrides disguise an extension). */
const unsafe = /[/\\:*?"<>|]|[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Any text as one harmless name in a directory, on every system: no separator, no `..`, not hidden, at most 150 bytes.
 * The extension survives a cut.
 */
export function safeName(text: string): string {
  const cleaned = (text.length > maxCharacters ? text.slice(0, maxCharacters - 100) + text.slice(-100) : text)
    .normalize('NFC')
    .replace(unsafe, '_')
    .replace(/^[\s.]+|[\s.]+$/g, '');
  const name = deviceName.test(cleaned) ? `_${cleaned}` : cleaned;
  if (name === '') return '_';
  const { base, extension } = splitExtension(name);
  return cut(base, maxNameBytes - Buffer.byteLength(extension)) + extension;
}

/** `a.tar.gz` → `a.tar` and `.gz`; what is long is part of the name, not an extension. */
export function splitExtension(name: string): { base: string; extension: string } {
  const dot = name.lastIndexOf('.');
  if (dot < 1 || Buffer.byteLength(name.slice(dot)) > maxExtensionBytes) return { base: name, extension: '' };
  return { base: name.slice(0, dot), extension: name.slice(dot) };
}

/**
 * Makes each name differ from those before it, upper and lower case being the same: `a.pdf`, `a-2.pdf`.
 * The same list gives the same names, so that a repeated delivery finds its own files.
 */
export function distinctNames(names: string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const { base, extension } = splitExtension(name);
    let candidate = name;
    for (let count = 2; taken.has(candidate.toLowerCase()); count += 1) candidate = `${base}-${count}${extension}`;
    taken.add(candidate.toLowerCase());
    return candidate;
  });
}

/** 16 hex digits that belong to one delivery: other messages with the same name get others, a repetition the same. */
export function deliverySuffix(idempotencyKey: string): string {
  return createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 16);
}

/** The usual extension of a body; `.txt` where none is known. */
export function extensionOf(contentType: string): string {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'text/html' || type === 'application/xhtml+xml') return '.html';
  if (type === 'application/json' || type.endsWith('+json')) return '.json';
  if (type === 'application/xml' || type === 'text/xml' || type.endsWith('+xml')) return '.xml';
  if (type === 'text/csv') return '.csv';
  return '.txt';
}

function cut(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  let kept = '';
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    kept += character;
  }
  return kept.trimEnd();
}
