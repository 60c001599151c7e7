/**
 * Whether the whole `text` fits `pattern`: `*` is any number of characters, `?` exactly one.
 *
 * Not a regular expression, so that no pattern and no mail can make it run away: between two stars the first place that fits
 * is as good as any later one, hence at most length of the text × longest run between two stars.
 */
export function matchesWildcards(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  let position = endOfMatch(text, first, 0);
  if (position === undefined) return false;
  const last = rest.pop();
  if (last === undefined) return position === text.length;
  for (const run of rest) {
    position = find(text, run, position);
    if (position === undefined) return false;
  }
  return fitsAtEnd(text, last, position);
}

/** End of the first place at or after `from` that fits `run`. */
function find(text: string, run: string, from: number): number | undefined {
  for (let start = from; start <= text.length; start += 1) {
    const end = endOfMatch(text, run, start);
    if (end !== undefined) return end;
  }
  return undefined;
}

function fitsAtEnd(text: string, run: string, from: number): boolean {
  // A `?` may stand for a character of two UTF-16 units, so the run may begin up to twice its length before the end.
  for (let start = Math.max(from, text.length - 2 * run.length); start <= text.length; start += 1) {
    if (endOfMatch(text, run, start) === text.length) return true;
  }
  return false;
}

/** Where `run` ends when it fits `text` at `start`; undefined when it does not fit. */
function endOfMatch(text: string, run: string, start: number): number | undefined {
  let position = start;
  for (const character of run) {
    const found = text.codePointAt(position);
    if (found === undefined) return undefined;
    if (character !== '?' && character.codePointAt(0) !== found) return undefined;
    position += found > 0xffff ? 2 : 1;
  }
  return position;
}
