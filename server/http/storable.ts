import type { RequestProblem } from './errors.ts';

const maxDepth = 100;

/**
 * What no table can keep, found before a store chokes on it: NUL characters and lone surrogates (PostgreSQL takes neither in text
 * nor jsonb), and nesting deeper than any drawing.
 */
export function findUnstorable(value: unknown): RequestProblem | undefined {
  const waiting = [{ value, path: '', depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, path, depth } = next;
    if (typeof value === 'string') {
      if (!isStorable(value)) return { path, message: 'must not hold NUL characters or broken Unicode' };
    } else if (typeof value === 'object' && value !== null) {
      if (depth === maxDepth) return { path: path.slice(0, 200), message: `nested deeper than ${maxDepth} levels` };
      for (const [key, item] of Object.entries(value)) {
        if (!isStorable(key)) return { path, message: 'a name must not hold NUL characters or broken Unicode' };
        waiting.push({ value: item, path: path === '' ? key : `${path}.${key}`, depth: depth + 1 });
      }
    }
  }
  return undefined;
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
