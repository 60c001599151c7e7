const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;

/** How much of CRLF "." CRLF the bytes seen last are; a body starts as if a CRLF stood before it. */
type Matched = 'nothing' | 'CR' | 'CRLF' | 'CRLF.' | 'CRLF.CR';

/**
 * Finds the end of a multi-line answer and undoes its dot-stuffing (RFC 1939, section 3), wherever the chunks are split.
 * Only CRLF ends a line: a mail with a lone LF before a dot is not cut there. All other bytes pass unchanged.
 */
export class DotDecoder {
  #matched: Matched = 'CRLF';

  /** @returns the content in `chunk`, and once the answer has ended (`rest`) what follows it */
  decode(chunk: Buffer): { content: Buffer[]; rest?: Buffer } {
    const content: Buffer[] = [];
    let from = 0;
    const take = (until: number) => {
      if (until > from) content.push(chunk.subarray(from, until));
    };
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (this.#matched === 'CRLF.CR') {
        if (byte === LF) return { content, rest: chunk.subarray(i + 1) };
        // A line that starts with a dot and a lone CR: the CR was held back and is content after all.
        content.push(Buffer.of(CR));
        from = i;
      } else if (this.#matched === 'CRLF.') {
        from = byte === CR ? i + 1 : i;
        this.#matched = byte === CR ? 'CRLF.CR' : 'nothing';
        continue;
      } else if (this.#matched === 'CRLF' && byte === DOT) {
        take(i);
        from = i + 1;
        this.#matched = 'CRLF.';
        continue;
      } else if (this.#matched === 'CR' && byte === LF) {
        this.#matched = 'CRLF';
        continue;
      }
      // Most of a mail is skipped here, a line at a time.
      const next = chunk.indexOf(CR, i);
      if (next === -1) {
        this.#matched = 'nothing';
        break;
      }
      this.#matched = 'CR';
      i = next;
    }
    take(chunk.length);
    return { content };
  }
}
