import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { checkPackages, type PackageJson } from './check-packages.ts';
import { readSourceFiles } from './source-files.ts';

const root = path.join(import.meta.dirname, '..');
const check = (text: string, packageJson: PackageJson, file = 'server/http/app.ts') => checkPackages(new Map([[file, text]]), packageJson);

test('package.json declares what the sources import, and nothing else', async () => {
  const packageJson: PackageJson = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  expect(checkPackages(await readSourceFiles(root), packageJson)).toEqual([]);
});

test('an import that is not declared fails', () => {
  expect(check(`import x from '@scope/name/part';`, {})).toEqual([expect.stringMatching(/imports @scope\/name, which .+ not declare/)]);
});

test('a declared package that nothing uses fails', () => {
  expect(check('', { dependencies: { idle: '1.0.0' } })).toEqual([expect.stringContaining('npm uninstall idle')]);
});

test('the server must not need a devDependency at run time, a test may', () => {
  const packageJson = { devDependencies: { tool: '1.0.0' } };
  expect(check(`import x from 'tool';`, packageJson)).toEqual([expect.stringContaining('move it to dependencies')]);
  expect(check(`import x from 'tool';`, packageJson, 'server/http/app.test.ts')).toEqual([]);
  expect(check(`import x from 'tool';`, packageJson, 'client/app.tsx')).toEqual([]);
});

test('commands of npm scripts and types of used packages count as used', () => {
  const packageJson = {
    dependencies: { express: '5' },
    devDependencies: { '@types/express': '5', tool: '1' },
    scripts: { a: 'tool --fast' },
  };
  expect(check(`import express from 'express';`, packageJson)).toEqual([]);
});
