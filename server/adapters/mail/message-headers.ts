import type { HeaderLine } from './parse-head.ts';

/** Those that reach every flow. */
const alwaysAllowed = new Set([
  'subject',
  'from',
  'to',
  'cc',
  'reply-to',
  'sender',
  'date',
  'message-id',
  'in-reply-to',
  'references',
  'archived-at',
  'content-type',
]);

/**
 * The headers of the message, under lower-case names; of several lines of one name the first.
 *
 * @param allowedHeaders names parted by `|`, `*` for any characters; whatever it says, Subject, From, To and the like are there
 * @param decodes false: values as they are in the mail, folds and encoded-words included
 */
export function messageHeaders(lines: readonly HeaderLine[], allowedHeaders: string, decodes: boolean): Record<string, string> {
  const isAllowed = headerPattern(allowedHeaders);
  const headers = new Map<string, string>();
  for (const { name, value, raw } of lines) {
    const key = name.toLowerCase();
    if (headers.has(key) || !(alwaysAllowed.has(key) || isAllowed(key))) continue;
    headers.set(key, decodes ? value : raw);
  }
  // Unlike an assignment this makes a property of `__proto__`, too.
  return Object.fromEntries(headers);
}

/** Two From or Subject lines are a way to show people one thing and programs another (RFC 5322, section 3.6 allows one of each). */
export function duplicateHeaders(lines: readonly HeaderLine[]): string[] {
  const counts = new Map<string, number>();
  for (const { name } of lines) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
  return [...counts].flatMap(([name, count]) => (count > 1 && alwaysAllowed.has(name) && name !== 'archived-at' ? [name] : []));
}

function headerPattern(allowedHeaders: string): (name: string) => boolean {
  const patterns = allowedHeaders
    .toLowerCase()
    .split('|')
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '');
  if (patterns.includes('*')) return () => true;
  const names = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const wildcards = patterns.filter((pattern) => pattern.includes('*')).map((pattern) => pattern.split('*'));
  return (name) => names.has(name) || wildcards.some((runs) => fits(name, runs));
}

/** Not a regular expression: between two stars the first place that fits is as good as any later one, so that nothing is tried twice. */
function fits(name: string, runs: string[]): boolean {
  const first = runs[0] ?? '';
  const last = runs.at(-1) ?? '';
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let at = first.length;
  for (const run of runs.slice(1, -1)) {
    const found = name.indexOf(run, at);
    if (found === -1) return false;
    at = found + run.length;
  }
  return at <= name.length - last.length;
}
