/** What the audit log keeps of a value: nothing that is named like a secret, nothing long. */

const secretName = /pass(word|phrase)?|secret|token|private|key$|authorization|cookie|credential$|link$/i;
const maxChars = 500;
const maxItems = 50;
const maxDepth = 5;

export function auditValue(value: unknown, depth = 0): unknown {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string') return value.length > maxChars ? `${value.slice(0, maxChars)}… (${value.length} characters)` : value;
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= maxDepth) return '…';
  if (Array.isArray(value)) {
    const kept = value.slice(0, maxItems).map((item) => auditValue(item, depth + 1));
    return value.length > maxItems ? [...kept, `… (${value.length} items)`] : kept;
  }
  const kept = Object.entries(value).filter(([name]) => !secretName.test(name));
  return Object.fromEntries(kept.slice(0, maxItems).map(([name, field]) => [name, auditValue(field, depth + 1)]));
}
