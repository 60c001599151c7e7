import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { fieldsOf } from '../shared/catalog/define.ts';
import { catalog } from '../shared/catalog/index.ts';
import { errorTable } from '../shared/errors.ts';
import { documentedErrors } from './docs-errors.ts';
import { generatedPages } from './make-docs.ts';

describe('the generated pages', async () => {
  const pages = await generatedPages();

  test.each([...pages.keys()].map((file) => path.basename(file)))('docs/%s is what the code says; else run npm run docs', async (name) => {
    const [file = '', text] = [...pages].find(([file]) => path.basename(file) === name) ?? [];
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  test('name every field of every adapter and step', () => {
    const page = [...pages].find(([file]) => file.endsWith('adapters.md'))?.[1] ?? '';
    for (const description of catalog) {
      expect(page).toContain(`## ${description.title}`);
      for (const { key } of fieldsOf(description)) expect(page).toContain(`\`${key}\``);
    }
    expect(page).toContain('IMAPS / POP3S');
    expect(page).not.toMatch(/undefined|\[object/);
  });
});

describe('each error', () => {
  const errors = documentedErrors();

  test('is on the page, once', () => {
    expect(errors.map(({ code }) => code).sort()).toEqual(Object.keys(errorTable).sort());
  });

  test.each(errors)('$code says what happened and what to do', ({ code, message, remedy, status }) => {
    expect(code).toMatch(/^[A-Z0-9_]+$/);
    expect(message).toMatch(/^\S.{10,}[.?]?/);
    expect(message).not.toMatch(/undefined|\[object|NaN/);
    expect(remedy).toMatch(/^[A-Z].{8,}\.$/);
    expect(status).toBeGreaterThanOrEqual(400);
  });
});
