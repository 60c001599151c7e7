import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { readConfig, settings } from '../server/config.ts';
import { stopDeadlineMs } from '../server/stop-deadline.ts';

/** What the files in deploy/ say has to be there, and is what Mailroom understands. */

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFileSync(path.join(root, 'deploy', name), 'utf8');
const compose = read('compose.yaml');
const unit = read('mailroom.service');
const dockerfile = read('Dockerfile');
const valuesOf = (key: string) => [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value ?? '');
/** What `npm start` gives Node. */
const nodeFlags = packageJson.scripts.start.split(' ').filter((word) => word.startsWith('--'));
const notOurs = new Set(['NODE_ENV', 'POSTGRES_USER', 'POSTGRES_DB', 'POSTGRES_PASSWORD']);
const known = (name: string) => Object.hasOwn(settings, name) || notOurs.has(name);

test('the compose file is YAML, and names only variables that there are', async () => {
  await format(compose, { parser: 'yaml' });
  const named = [...compose.matchAll(/^[ #]*([A-Z][A-Z_]+):/gm), ...compose.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name ?? '');
  expect(named).toEqual(expect.arrayContaining(['DATABASE_URL', 'MAILROOM_ROLE', 'MAILROOM_MASTER_KEY', 'MAILROOM_BLOBS']));
  expect(named.filter((name) => !known(name))).toEqual([]);
});

test('each service of the compose file starts with what it is given', () => {
  const roles = [...compose.matchAll(/MAILROOM_ROLE: (\w+)/g)].map(([, role]) => role ?? '');
  expect(roles).toEqual(['web', 'worker']);
  for (const role of roles) {
    const environment = {
      MAILROOM_ROLE: role,
      MAILROOM_BLOBS: /MAILROOM_BLOBS: (\S+)/.exec(compose)?.[1],
      DATABASE_URL: /DATABASE_URL: (\S+)\$\{.*\}(\S+)/.exec(compose)?.slice(1).join('secret'),
      HOST: /HOST=(\S+)/.exec(dockerfile)?.[1],
      MAILROOM_TRUSTED_PROXY: /MAILROOM_TRUSTED_PROXY: (\S+)/.exec(compose)?.[1],
      MAILROOM_DATA_DIR: /MAILROOM_DATA_DIR=(\S+)/.exec(dockerfile)?.[1],
    };
    expect(readConfig(environment, { isRoot: false, homeDirectory: '/' })).toMatchObject({ role, blobs: 'pg', host: '0.0.0.0' });
  }
});

test('everything the image copies and runs is there', () => {
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \.\/?$/gm)].flatMap(([, names]) => names?.split(' ') ?? []);
  const built = [...dockerfile.matchAll(/^COPY --from=build \S+ \/app\/(\S+)/gm)].map(([, name]) => name ?? '');
  expect(built).toContain('server');
  const made = new Set(['node_modules', 'dist']);
  for (const name of [...copied, ...built.filter((one) => !made.has(one))])
    expect([name, existsSync(path.join(root, name))]).toEqual([name, true]);
  for (const [, script] of dockerfile.matchAll(/npm run (\w+)/g)) expect(Object.keys(packageJson.scripts)).toContain(script);
  const [, command = ''] = /^CMD \[(.+)\]$/m.exec(dockerfile) ?? [];
  const [program, ...words] = command.split(', ').map((word) => word.replaceAll('"', ''));
  expect([program, existsSync(path.join(root, words.at(-1) ?? ''))]).toEqual(['node', true]);
  expect(words.slice(0, -1)).toEqual(nodeFlags);
});

test('the unit starts a file that there is, with variables that there are', () => {
  const [start = ''] = valuesOf('ExecStart');
  const [program = '', ...words] = start.split(' ');
  const isThereOf = (word: string) => existsSync(path.join(root, path.relative('/opt/mailroom', word)));
  expect([isThereOf(program), isThereOf(words.at(-1) ?? '')]).toEqual([true, true]);
  expect(words.slice(0, -1)).toEqual(nodeFlags);
  expect(valuesOf('Environment').filter((line) => !known(line.split('=')[0] ?? ''))).toEqual([]);
  // The embedded PostgreSQL must not be told to stop before Mailroom has ended its work.
  expect(valuesOf('KillMode')).toEqual(['mixed']);
});

test('both wait longer for a stop than Mailroom takes', () => {
  const waits = [Number(/stop_grace_period: (\d+)s/.exec(compose)?.[1]), Number(valuesOf('TimeoutStopSec')[0])];
  for (const seconds of waits) expect(seconds * 1_000).toBeGreaterThan(stopDeadlineMs);
});

test.skipIf(!isThere('systemd-analyze'))('systemd finds nothing wrong with the unit', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'mailroom-unit-'));
  try {
    const file = path.join(directory, 'mailroom.service');
    // What it starts is looked for as well: here in this checkout, as a user that there is.
    writeFileSync(file, unit.replaceAll('/opt/mailroom', root.replace(/\/$/, '')).replaceAll('=mailroom\n', '=root\n'));
    expect(execFileSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })).toBe('');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

function isThere(command: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((directory) => existsSync(path.join(directory, command)));
}
