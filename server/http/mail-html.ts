import { setImmediate as turn } from 'node:timers/promises';
import { Parser } from 'htmlparser2';
import { plainText } from '../../shared/plain-text.ts';
import { safeStyle } from './mail-style.ts';

/**
 * The HTML of a mail as a document that is safe to show. It is not cleaned but written anew: only elements and attributes that are
 * named here are ever written, everything else becomes text or nothing. No element is among them whose content a browser reads
 * in another way (script, style, svg, math, textarea, title, noscript …), so what is read again is what was written.
 */

/** A picture inside the mail, named by its Content-ID. */
export type PictureOf = (contentId: string) => Promise<Uint8Array | undefined>;

/** Larger pictures are not shown, nor are those beyond the second number. */
export const maxPictureBytes = 1024 * 1024;
export const maxPicturesBytes = 10 * 1024 * 1024;
/** Browsers give up at 512. Deeper HTML is not written by people. */
const maxDepth = 400;
/** Read at a time, in characters: others get their turn between. */
const pieceChars = 16 * 1024;
const maxAddressChars = 500;

const kept = new Set(
  (
    'abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption ' +
    'figure font footer h1 h2 h3 h4 h5 h6 header hr i ins kbd li main mark nav ol p pre q s samp section small span strike strong sub ' +
    'sup table tbody td tfoot th thead tr tt u ul var wbr'
  ).split(' '),
);
const withoutEnd = new Set(['br', 'hr', 'col', 'wbr']);
/** Left out with all that is in them. Elements that are in neither list are left out themselves, and their content is kept. */
const dropped = new Set(
  (
    'applet audio base canvas datalist embed frame frameset iframe input link map math meta noembed noframes object param plaintext ' +
    'script select style svg template textarea title video xmp'
  ).split(' '),
);

const number = /^\d{1,4}$/;
const length = /^\d{1,4}(\.\d{1,3})?(px|%)?$/;
const color = /^(#[\da-f]{3,8}|[a-z]{1,30}|rgb\([\d\s,.%]{1,40}\))$/i;
const word = /^[a-z-]{1,20}$/i;
const attributes: Record<string, RegExp> = {
  align: word,
  valign: word,
  bgcolor: color,
  color,
  border: number,
  cellpadding: number,
  cellspacing: number,
  colspan: /^\d{1,3}$/,
  rowspan: /^\d{1,3}$/,
  span: /^\d{1,3}$/,
  width: length,
  height: length,
  size: /^[+-]?\d{1,2}$/,
  face: /^[\w ,'"-]{1,100}$/,
  dir: /^(ltr|rtl|auto)$/i,
  lang: /^[\w-]{1,35}$/,
  start: /^-?\d{1,6}$/,
  value: /^-?\d{1,6}$/,
  type: /^([1aAiI]|disc|circle|square)$/,
  nowrap: /^(nowrap)?$/,
};

const head = `<!doctype html><html><head><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Mail</title><style>
body{margin:12px;background:#fff;color:#111;font:14px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
img{max-width:100%}
.address,.left-out{color:#555;font-size:12px;font-weight:400;text-decoration:none}
.link{color:#0645ad;text-decoration:underline}
.left-out{display:inline-block;border:1px dashed #999;padding:0 4px}
</style></head><body>`;

/** Ends early when nobody listens any more: the reader stops asking. */
export async function* safeMailHtml(html: string, pictureOf: PictureOf): AsyncGenerator<string> {
  const writer = makeWriter();
  const parser = new Parser(writer.handler, { decodeEntities: true });
  const room = { bytes: maxPicturesBytes };
  yield head;
  for (let at = 0; at < html.length && !writer.isTooDeep();) {
    const end = endOfPiece(html, at);
    parser.write(html.slice(at, end));
    at = end;
    yield* written(writer.take(), pictureOf, room);
    await turn();
  }
  if (writer.isTooDeep()) yield leftOut('The rest of this mail is nested too deeply to be shown. Its source has all of it.');
  else {
    parser.end();
    yield* written(writer.take(), pictureOf, room);
  }
  yield '</body></html>';
}

/** Not between the two halves of a character. */
function endOfPiece(text: string, from: number): number {
  const end = Math.min(from + pieceChars, text.length);
  const code = text.charCodeAt(end - 1);
  return end < text.length && code >= 0xd800 && code <= 0xdbff ? end + 1 : end;
}

async function* written(pieces: Piece[], pictureOf: PictureOf, room: { bytes: number }): AsyncGenerator<string> {
  for (const piece of pieces) yield typeof piece === 'string' ? piece : await pictureTag(piece, pictureOf, room);
}

interface Picture {
  source: string;
  text: string;
  attributes: string;
}

type Piece = string | Picture;

/** Of one element of the mail that is open. */
interface Open {
  /** What is written where it ends. */
  end: string;
  isDropped: boolean;
  link?: { address: string; text: string };
}

function makeWriter() {
  let pieces: Piece[] = [];
  const open: Open[] = [];
  let droppedIn = 0;
  let isTooDeep = false;

  function write(text: string): void {
    const last = pieces.length - 1;
    if (typeof pieces[last] === 'string') pieces[last] += text;
    else pieces.push(text);
  }

  function begin(name: string, given: Record<string, string>): Open {
    if (dropped.has(name)) return { end: '', isDropped: true };
    if (droppedIn > 0 || isTooDeep) return { end: '', isDropped: false };
    if (name === 'img') {
      picture(given);
      return { end: '', isDropped: false };
    }
    const tag = name === 'body' ? 'div' : name;
    if (name === 'a' && isAddress(given['href'])) {
      write(`<span class="link"${attributesOf(given)}>`);
      return { end: '</span>', isDropped: false, link: { address: given['href'].trim(), text: '' } };
    }
    if (!kept.has(tag)) return { end: '', isDropped: false };
    write(`<${tag}${attributesOf(given)}>`);
    return { end: withoutEnd.has(tag) ? '' : `</${tag}>`, isDropped: false };
  }

  function picture(given: Record<string, string>): void {
    const source = (given['src'] ?? '').trim();
    // What counts its readers is one dot large. There is nothing to be seen, so nothing is missing.
    if (isDot(given) && !/^(cid|data):/i.test(source)) return;
    pieces.push({ source, text: given['alt'] ?? '', attributes: attributesOf(given) });
  }

  const handler = {
    onopentag(name: string, given: Record<string, string>) {
      const element = begin(name, given);
      open.push(element);
      if (element.isDropped) droppedIn += 1;
      isTooDeep ||= open.length > maxDepth;
    },
    onclosetag() {
      const element = open.pop();
      if (!element) return;
      if (element.isDropped) droppedIn -= 1;
      write(element.end);
      if (element.link && !isSame(element.link)) write(addressTag(element.link.address));
    },
    ontext(text: string) {
      if (droppedIn > 0 || isTooDeep) return;
      const link = open.findLast((element) => element.link)?.link;
      if (link && link.text.length < maxAddressChars) link.text += text;
      write(escaped(text));
    },
  };

  return {
    handler,
    isTooDeep: () => isTooDeep,
    take(): Piece[] {
      const taken = pieces;
      pieces = [];
      return taken;
    },
  };
}

function attributesOf(given: Record<string, string>): string {
  let text = '';
  for (const [name, allowed] of Object.entries(attributes)) {
    const value = given[name]?.trim();
    if (value !== undefined && allowed.test(value)) text += ` ${name}="${escaped(value)}"`;
  }
  const title = given['title'];
  if (title) text += ` title="${escaped(plainText(title).slice(0, 300))}"`;
  const style = given['style'] === undefined ? '' : safeStyle(given['style']);
  return style === '' ? text : `${text} style="${escaped(style)}"`;
}

function isDot({ width, height }: Record<string, string>): boolean {
  return [width, height].some((side) => /^\s*[01]\s*(px)?\s*$/.test(side ?? ''));
}

function isAddress(href: string | undefined): href is string {
  return href !== undefined && href.trim() !== '' && !href.trim().startsWith('#');
}

/** Whether the text of a link says where it leads. */
function isSame({ address, text }: { address: string; text: string }): boolean {
  return bare(address) === bare(text);
}

function bare(address: string): string {
  return address
    .trim()
    .toLowerCase()
    .replace(/^(https?:\/\/|mailto:)/, '')
    .replace(/\/$/, '');
}

function addressTag(address: string): string {
  const shown = address.length > maxAddressChars ? `${address.slice(0, maxAddressChars)}…` : address;
  return `<bdi class="address"> [${escaped(plainText(shown))}]</bdi>`;
}

async function pictureTag({ source, text, attributes: rest }: Picture, pictureOf: PictureOf, room: { bytes: number }): Promise<string> {
  const bytes = await bytesOf(source, pictureOf);
  const type = bytes && pictureType(bytes);
  if (!bytes || !type || bytes.length > Math.min(maxPictureBytes, room.bytes)) {
    return leftOut(text.trim() === '' ? 'Picture not loaded' : `Picture not loaded: ${plainText(text).slice(0, 300)}`);
  }
  room.bytes -= bytes.length;
  return `<img${rest} alt="${escaped(plainText(text).slice(0, 300))}" src="data:${type};base64,${Buffer.from(bytes).toString('base64')}">`;
}

async function bytesOf(source: string, pictureOf: PictureOf): Promise<Uint8Array | undefined> {
  if (/^cid:/i.test(source)) return pictureOf(contentIdOf(source));
  const [begin = ''] = /^data:image\/[a-z+.-]{1,20};base64,/i.exec(source) ?? [];
  if (begin === '' || source.length > 2 * maxPictureBytes) return undefined;
  return Buffer.from(source.slice(begin.length), 'base64');
}

/** RFC 2392: the Content-ID without its angle brackets, percent-encoded. */
function contentIdOf(source: string): string {
  const id = source.slice('cid:'.length);
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

/** By the first bytes, whatever the mail says: an SVG is a document, not a picture. */
export function pictureType(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (/^GIF8[79]a/.test(start)) return 'image/gif';
  if (/^RIFF[\s\S]{4}WEBP$/.test(start)) return 'image/webp';
  return undefined;
}

function leftOut(text: string): string {
  return `<span class="left-out">${escaped(text)}</span>`;
}

const codes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** As text or as the value of an attribute; without what HTML has no place for. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => codes[character] ?? '').replaceAll(/(?![\t\n\r])\p{Cc}/gu, '');
}
