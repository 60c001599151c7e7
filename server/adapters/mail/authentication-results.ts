import { unfold, type HeaderLine } from './parse-head.ts';

/** Methods whose verdict reaches the flow, as `mail.auth.<method>`. */
const methods = ['spf', 'dkim', 'dmarc'];

/**
 * The verdicts of the receiving mail server on who sent the mail (RFC 8601): `mail.auth.spf`, `mail.auth.dkim`, `mail.auth.dmarc`.
 * Anybody can write such a header, so only the topmost one counts that bears the trusted name (section 5): servers put theirs on top.
 *
 * @param trustedAuthservId empty: no such properties
 * @returns verdicts in lower case, such as `pass`; of several for one method `pass` if there is one, else the first (section 2.7)
 */
export function authenticationProperties(lines: readonly HeaderLine[], trustedAuthservId: string): Record<string, string> {
  if (trustedAuthservId === '') return {};
  for (const { name, raw } of lines) {
    if (name.toLowerCase() !== 'authentication-results') continue;
    const [first = [], ...results] = statements(unfold(raw));
    if (first[0]?.toLowerCase() !== trustedAuthservId.toLowerCase() || !isVersionOne(first.slice(1))) continue;
    return Object.fromEntries(methods.flatMap((method) => verdictOf(method, results)));
  }
  return {};
}

/** Behind the name may stand the version of the format; another one than 1 is not known (section 2.2). */
function isVersionOne(rest: string[]): boolean {
  return rest.length === 0 || (rest.length === 1 && rest[0] === '1');
}

function verdictOf(method: string, results: string[][]): [string, string][] {
  const verdicts = results.flatMap(([found = '', equals, verdict]) => {
    const [name = '', version = '1'] = found.toLowerCase().split('/');
    return name === method && version === '1' && equals === '=' && verdict !== undefined ? [verdict.toLowerCase()] : [];
  });
  const verdict = verdicts.includes('pass') ? 'pass' : verdicts[0];
  return verdict === undefined ? [] : [[`mail.auth.${method}`, verdict]];
}

/** The words of each part between semicolons: `=` is a word of its own, comments are left out, quoted strings are one word. */
function statements(value: string): string[][] {
  const found: string[][] = [[]];
  let at = 0;
  while (at < value.length) {
    const character = value.charAt(at);
    if (character === '(') {
      at = endOfComment(value, at);
    } else if (character === '"') {
      const { text, end } = quoted(value, at);
      found.at(-1)?.push(text);
      at = end;
    } else if (character === ';') {
      found.push([]);
      at += 1;
    } else if (character === '=') {
      found.at(-1)?.push('=');
      at += 1;
    } else if (/\s/.test(character)) {
      at += 1;
    } else {
      const end = endOfWord(value, at);
      found.at(-1)?.push(value.slice(at, end));
      at = end;
    }
  }
  return found;
}

function endOfWord(value: string, from: number): number {
  let at = from;
  while (at < value.length && !/[\s;="(]/.test(value.charAt(at))) at += 1;
  return at;
}

/** Comments can stand in each other (RFC 5322, section 3.2.2). One without end goes on to the end of the header. */
function endOfComment(value: string, from: number): number {
  let depth = 0;
  for (let at = from; at < value.length; at += 1) {
    const character = value.charAt(at);
    if (character === '\\') at += 1;
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return value.length;
}

function quoted(value: string, from: number): { text: string; end: number } {
  let text = '';
  for (let at = from + 1; at < value.length; at += 1) {
    const character = value.charAt(at);
    if (character === '"') return { text, end: at + 1 };
    if (character === '\\') at += 1;
    text += value.charAt(at);
  }
  return { text, end: value.length };
}
