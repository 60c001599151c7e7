import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const script = fileURLToPath(new URL('install.js', import.meta.url));
const zod = { version: '4.0.0', integrity: 'sha512-zod' };
const forOtherMachines = { version: '1.0.0', integrity: 'sha512-darwin', optional: true };

let clone = '';
beforeEach(() => {
  clone = mkdtempSync(path.join(tmpdir(), 'mailroom-test-'));
  mkdirSync(path.join(clone, 'scripts'));
  mkdirSync(path.join(clone, 'node_modules', '.bin'), { recursive: true });
  // The Node of this test stands for the one that npm brings along.
  symlinkSync(process.execPath, path.join(clone, 'node_modules', '.bin', 'node'));
  writeFileSync(path.join(clone, 'scripts', 'install.mjs'), readFileSync(script));
  writeFileSync(
    path.join(clone, 'npm.mjs'),
    `console.log('npm ' + process.argv.slice(2).join(' ')); process.exit(Number(process.env.NPM_EXIT));`,
  );
});
afterEach(() => rmSync(clone, { recursive: true }));

function lockfile(name: string, packages: Record<string, object>): void {
  writeFileSync(path.join(clone, name), JSON.stringify({ packages }));
}

/** Runs the script in the clone, with a program in npm's place that prints how it was called. */
function install(npmExit = 0): { status: number | null; stdout: string; stderr: string } {
  const environment = {
    ...process.env,
    npm_execpath: path.join(clone, 'npm.mjs'),
    npm_node_execpath: process.execPath,
    NPM_EXIT: String(npmExit),
  };
  return spawnSync(process.execPath, [path.join(clone, 'scripts', 'install.mjs')], { env: environment, encoding: 'utf8' });
}

test('nothing is installed when node_modules holds what the lockfile says, foreign platforms left out', () => {
  lockfile('package-lock.json', { '': {}, 'node_modules/zod': zod, 'node_modules/darwin': forOtherMachines });
  lockfile('node_modules/.package-lock.json', { 'node_modules/zod': zod });
  expect(install()).toMatchObject({ status: 0, stdout: '' });
});

test.each([
  ['is not there', {}],
  ['has another version', { 'node_modules/zod': { ...zod, version: '3.9.0' } }],
  ['has another content', { 'node_modules/zod': { ...zod, integrity: 'sha512-other' } }],
])('npm ci runs when a package %s', (_, installed) => {
  lockfile('package-lock.json', { '': {}, 'node_modules/zod': zod });
  lockfile('node_modules/.package-lock.json', installed);
  expect(install()).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Installing[^]*npm ci --include=dev/) });
});

test('npm ci runs when an earlier one was interrupted', () => {
  lockfile('package-lock.json', { '': {}, 'node_modules/zod': zod });
  expect(install().stdout).toContain('npm ci');
});

test('a failing npm ci stops the start with a reason', () => {
  lockfile('package-lock.json', { '': {}, 'node_modules/zod': zod });
  expect(install(1)).toMatchObject({ status: 1, stderr: expect.stringContaining('npm ci failed') });
});
