import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = new URL('../', import.meta.url);
const page = await readFile(new URL('docs/proofs.md', root), 'utf8');

/** Rows that name a test: its name and its file. */
const proofs = page.split('\n').flatMap((line) => {
  const [, , name = '', file = ''] = line.split('|').map((cell) => cell.trim());
  return file.endsWith('.test.ts') ? [{ name, file }] : [];
});

test('every test that docs/proofs.md names exists', async () => {
  const gone: string[] = [];
  for (const { name, file } of proofs) {
    const path = fileURLToPath(new URL(file, root));
    const source = existsSync(path) ? await readFile(path, 'utf8') : '';
    if (!["'", '"'].some((quote) => source.includes(`${quote}${name}${quote}`))) gone.push(`${file}: ${name}`);
  }
  expect(gone).toEqual([]);
});

test('each of the eight rules is proven by a test', () => {
  const rules = [...page.matchAll(/^\| (\d)\. [^|]+\| ([^|]+)\|/gm)].map(([, number, name]) => [Number(number), name?.trim() !== '']);
  expect(rules).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((number) => [number, true]));
});
