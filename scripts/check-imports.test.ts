import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkImports, type Room } from './check-imports.ts';
import { readSourceFiles } from './source-files.ts';

const root = path.join(import.meta.dirname, '..');

test('the imports of all source files follow the directions', async () => {
  const files = await readSourceFiles(root);
  expect(files.size).toBeGreaterThan(100);
  expect(checkImports(files)).toEqual([]);
});

const fileOf: Record<Room, string> = {
  shared: 'shared/flow.ts',
  client: 'client/app.tsx',
  ports: 'server/ports/common.ts',
  adapters: 'server/adapters/mail/imap-client.ts',
  steps: 'server/steps/filter.ts',
  practice: 'server/practice/practice-mailbox.ts',
  oauth2: 'server/oauth2/provider.ts',
  runtime: 'server/runtime/poll.ts',
  storage: 'server/storage/database.ts',
  engine: 'server/engine/queue.ts',
  http: 'server/http/app.ts',
  main: 'server/main.ts',
};
const allRooms = Object.keys(fileOf) as Room[];
const allowed: Record<Room, Room[]> = {
  shared: [],
  client: ['shared'],
  ports: ['shared'],
  adapters: ['ports', 'shared'],
  steps: ['ports', 'shared'],
  practice: ['ports', 'shared'],
  oauth2: ['ports', 'shared'],
  runtime: ['ports', 'shared'],
  storage: ['ports', 'shared'],
  engine: ['ports', 'shared'],
  http: ['ports', 'shared', 'runtime'],
  main: ['ports', 'shared', 'adapters', 'steps', 'practice', 'oauth2', 'runtime', 'storage', 'engine', 'http'],
};
const arrows = allRooms.flatMap((from) => allRooms.filter((to) => to !== from).map((to) => [from, to] as const));
const relativeImport = (from: Room, to: Room): string => {
  const relative = path.posix.relative(path.posix.dirname(fileOf[from]), fileOf[to]);
  return relative.startsWith('.') ? relative : `./${relative}`;
};
const check = (file: string, text: string): string[] => checkImports(new Map([[file, text]]));

describe('each arrow of the house', () => {
  test.each(arrows.filter(([from, to]) => !allowed[from].includes(to)))('%s → %s fails, with a reason', (from, to) => {
    expect(check(fileOf[from], `import { x } from '${relativeImport(from, to)}';`)).toEqual([
      expect.stringMatching(new RegExp(`^${fileOf[from]} imports ${fileOf[to]}, but ${from} may import .+: .+\\.$`)),
    ]);
  });

  test.each(arrows.filter(([from, to]) => allowed[from].includes(to)))('%s → %s passes', (from, to) => {
    expect(check(fileOf[from], `import { x } from '${relativeImport(from, to)}';`)).toEqual([]);
  });

  test.each([
    `import type { X } from '../http/app.ts';`,
    `import '../http/app.ts';`,
    `const app = await import('../http/app.ts');`,
    `let app: import('../http/app.ts').App;`,
    `import app, { type X } from "../http/app.ts";`,
  ])('is seen however it is written: %s', (text) => {
    expect(check('server/steps/filter.ts', text)).toHaveLength(1);
  });

  test.each([`// import { x } from '../http/app.ts';`, `const text = "import { x } from '../http/app.ts'";`])(
    'is not seen in %s',
    (text) => {
      expect(check('server/steps/filter.ts', text)).toEqual([]);
    },
  );
});

test.each([
  ['server/runtime/poll.ts', 'pg-boss', 'use the Queue of server/ports/'],
  ['server/runtime/poll.ts', 'express', 'keep requests and responses in server/http'],
  ['server/runtime/poll.ts', 'pg', 'use a store'],
  ['server/adapters/http-receiver.ts', 'express', 'keep requests'],
  ['server/http/app.ts', 'pg-boss', 'use the Queue'],
  ['server/main.ts', 'pg-boss', 'use the Queue'],
  ['server/http/app.ts', 'drizzle-orm/pg-core', 'use a store'],
  ['shared/flow.ts', 'react', 'draw in client'],
  ['shared/flow.ts', 'lucide-react', 'hand in what it needs'],
  ['shared/flow.ts', 'node:crypto', 'browsers do not have'],
  ['client/app.tsx', 'node:crypto', 'browsers do not have'],
  ['server/http/app.ts', 'react', 'draw in client'],
])('%s must not import %s', (file, imported, advice) => {
  expect(check(file, `import { x } from '${imported}';`)).toEqual([expect.stringContaining(advice)]);
});

test.each(['process.env', 'process.env.PORT', "process['env']", 'process?.env'])('an adapter that reads %s fails', (code) => {
  expect(check('server/adapters/mail-sender.ts', `const port = ${code};`)).toEqual([expect.stringContaining('server/config.ts')]);
  expect(check('server/config.ts', `const port = ${code};`)).toEqual([]);
});

test('the environment is not smuggled in through node:process', () => {
  expect(check('server/steps/filter.ts', `import { env } from 'node:process';`)).toEqual([expect.stringContaining('server/config.ts')]);
});

test.each([`export * from './button.tsx';`, `export { Button } from './button.tsx';`, `export type { B } from './button.tsx';`])(
  'a barrel fails: %s',
  (text) => {
    expect(check('client/ui/kit.ts', text)).toEqual([expect.stringContaining('barrels make circles')]);
  },
);

test('only the lists are called index', () => {
  expect(check('client/ui/index.ts', 'export const x = 1;')).toEqual([expect.stringContaining('name the file by its subject')]);
  expect(check('server/steps/index.ts', 'export const x = 1;')).toEqual([]);
});

test('production code must not use what is made for tests, tests may use everything', () => {
  const text = `import { x } from '../testing/factories.ts';`;
  expect(check('server/steps/filter.ts', text)).toEqual([expect.stringContaining('not the code the tests')]);
  expect(check('server/steps/filter.ts', `import { x } from './filter.test.ts';`)).toHaveLength(1);
  expect(check('server/steps/filter.test.ts', `${text} import '../http/app.ts'; import 'pg-boss';`)).toEqual([]);
});
