import type { MessageBody } from '../../../shared/flow.ts';
import { decodeText } from './charset.ts';
import { unfoldFlowed } from './format-flowed.ts';
import { unreadable, type PartSink } from './mime-reader.ts';
import type { MimePart } from './parse-part.ts';
import { transferDecoder } from './transfer-decoding.ts';

/** Of all texts of a mail together: they are held in memory, unlike attachments. */
export const maxTextBytes = 32 * 1024 * 1024;

/** What stands at one place of the mail, as plain text, as HTML, or as both for the reader to choose from. */
interface TextSlot {
  /** The outermost multipart/alternative it is in, or the part itself. */
  place: MimePart;
  plain: string[];
  html: string[];
}

/** The texts of a mail that are to be shown with it, in their order, and the body they make. */
export class TextBody {
  readonly #slots: TextSlot[] = [];
  readonly #plainSlots = new Set<TextSlot>();
  #bytes = 0;

  /**
   * Whether a part is text of the body, a file, or both: HTML behind plain text is shown by some programs and saved by others,
   * and a plain text body has no place for it.
   * Asked once for each part, in the order of the mail; the answers are the same at each reading and for each configuration.
   */
  roleOf(part: MimePart): { isText: boolean; isFile: boolean } {
    const isText = part.contentType === 'text/plain' || part.contentType === 'text/html';
    const isNamed = part.fileName !== undefined && this.#slots.length > 0;
    if (!isText || part.disposition === 'attachment' || isNamed) return { isText: false, isFile: true };
    const place = placeOf(part);
    let slot = this.#slots.find((candidate) => candidate.place === place);
    if (!slot) this.#slots.push((slot = { place, plain: [], html: [] }));
    if (part.contentType === 'text/plain') {
      this.#plainSlots.add(slot);
      return { isText: true, isFile: false };
    }
    return { isText: true, isFile: this.#plainSlots.size > 0 && !this.#plainSlots.has(slot) };
  }

  /** Takes the content of a part whose role is text. */
  sink(part: MimePart): PartSink {
    const decoder = transferDecoder(part.encoding);
    const charset = part.parameters['charset'] ?? '';
    // In these a line end is no pair of bytes.
    const isWide = /^(utf|ucs)-?(16|32|2|4)/i.test(charset);
    const lineEnds = isWide ? undefined : new LineEnds();
    const pieces: Buffer[] = [];
    const keep = (decoded: Buffer) => {
      this.#bytes += decoded.length;
      if (this.#bytes > maxTextBytes) throw unreadable(`its text has more than ${maxTextBytes / 1024 / 1024} MB`);
      pieces.push(lineEnds ? lineEnds.write(decoded) : Buffer.from(decoded));
    };
    return {
      write: (bytes) => keep(decoder.write(bytes)),
      end: () => {
        keep(decoder.end());
        if (lineEnds) pieces.push(lineEnds.end());
        const text = decodeText(Buffer.concat(pieces), charset);
        this.#add(part, isWide ? text.replaceAll('\r\n', '\n') : text);
      },
    };
  }

  #add(part: MimePart, text: string): void {
    const slot = this.#slots.find(({ place }) => place === placeOf(part));
    if (part.contentType === 'text/html') slot?.html.push(text);
    else slot?.plain.push(isFlowed(part) ? unfoldFlowed(text, part.parameters['delsp']?.toLowerCase() === 'yes') : text);
  }

  /** Text that stands nowhere in the mail itself: it is the body where the mail has no other. */
  addUnlessThereIsOne(contentType: 'text/plain' | 'text/html', text: string, place: MimePart): void {
    if (this.#slots.some(({ plain, html }) => !isBlank(plain) || !isBlank(html))) return;
    this.#slots.push({ place, plain: contentType === 'text/plain' ? [text] : [], html: contentType === 'text/html' ? [text] : [] });
  }

  /** @param wanted what to take where a place has both */
  body(wanted: 'text' | 'html'): MessageBody {
    const slots = this.#slots.filter(({ plain, html }) => !isBlank(plain) || !isBlank(html));
    const isHtml = wanted === 'html' ? slots.some(({ html }) => !isBlank(html)) : slots[0] !== undefined && isBlank(slots[0].plain);
    if (!isHtml) return { contentType: 'text/plain', text: slots.flatMap(({ plain }) => plain).join('\n') };
    const pieces = slots.flatMap((slot) => {
      const isPlain = isBlank(slot.html) || (wanted === 'text' && !isBlank(slot.plain));
      return isPlain ? slot.plain.map(asHtml) : slot.html;
    });
    return { contentType: 'text/html', text: pieces.join('<br>\n') };
  }
}

/** Makes LF of CRLF while the bytes come: of the whole text at once it would take long. */
class LineEnds {
  #isAfterCr = false;

  /** Always a copy: what is given may be a view of a much larger piece. */
  write(bytes: Buffer): Buffer {
    const result = Buffer.allocUnsafe(bytes.length + 1);
    let length = 0;
    for (const byte of bytes) {
      if (this.#isAfterCr && byte !== 0x0a) result[length++] = 0x0d;
      this.#isAfterCr = byte === 0x0d;
      if (!this.#isAfterCr) result[length++] = byte;
    }
    return result.subarray(0, length);
  }

  end(): Buffer {
    return this.#isAfterCr ? Buffer.from('\r') : Buffer.alloc(0);
  }
}

function placeOf(part: MimePart): MimePart {
  let place = part;
  for (let parent = part.parent; parent; parent = parent.parent) if (parent.contentType === 'multipart/alternative') place = parent;
  return place;
}

function isFlowed({ parameters }: MimePart): boolean {
  return parameters['format']?.toLowerCase() === 'flowed';
}

function isBlank(texts: string[]): boolean {
  // Not `trim`: that would copy a long text to look at it.
  return !texts.some((text) => /\S/.test(text));
}

function asHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\n', '<br>\n');
}
