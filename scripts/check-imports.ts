import path from 'node:path';
import { isTest, packageOf, readFacts, type SourceFacts, type SourceFiles } from './source-files.ts';

/** The directions of the house (docs/architecture.md), checked by what the files import. */

const rooms = [
  'shared',
  'client',
  'ports',
  'adapters',
  'steps',
  'practice',
  'oauth2',
  'runtime',
  'storage',
  'engine',
  'http',
  'main',
] as const;
export type Room = (typeof rooms)[number];

const inner: Room[] = ['ports', 'shared'];
const mayImport: Record<Room, Room[]> = {
  shared: [],
  client: ['shared'],
  ports: ['shared'],
  adapters: inner,
  steps: inner,
  practice: inner,
  oauth2: inner,
  runtime: inner,
  storage: inner,
  engine: inner,
  http: [...inner, 'runtime'],
  main: rooms.filter((room) => room !== 'client'),
};

/** Why a room keeps to itself, and where to turn instead. */
const advice: Record<Room, string> = {
  shared: 'shared runs in browser and server and knows neither: hand in what it needs as an argument.',
  client: 'the browser knows the server only through its API: call a route of shared/api.ts, or move what both need to shared.',
  ports: 'ports only name what the rooms know of each other: describe it as an interface in server/ports/.',
  adapters:
    'an adapter knows only its port, so that it can be tested and replaced alone: take what it needs from its context in server/ports/.',
  steps: 'a step is a function from message to message: take what it needs from StepContext in server/ports/.',
  practice: 'the practice mailbox is a mail server like any other: let main.ts hand in what it needs.',
  oauth2: 'the provider is another system: let main.ts hand what it needs in.',
  runtime: 'the runtime decides, others carry out: name what it needs as an interface in server/ports/ and let main.ts hand it in.',
  storage: 'stores keep rows and decide nothing: let the runtime call them through server/ports/.',
  engine: 'the engine only hands jobs out: let main.ts hand in what it needs through server/ports/.',
  http: 'http only translates requests: use the interface in server/ports/ and let main.ts hand in the behaviour.',
  main: 'the server does not need the browser part: move what both need to shared.',
};

/** Packages that only these rooms may know. */
const packageRooms: Record<string, { rooms: Room[]; instead: string }> = {
  'pg-boss': { rooms: ['engine'], instead: 'use the Queue of server/ports/.' },
  express: { rooms: ['http'], instead: 'keep requests and responses in server/http.' },
  pg: { rooms: ['storage', 'engine'], instead: 'use a store of server/ports/.' },
  'drizzle-orm': { rooms: ['storage', 'engine'], instead: 'use a store of server/ports/.' },
  'better-auth': { rooms: ['storage', 'http'], instead: 'use the accounts handed in by main.ts.' },
  'node-forge': { rooms: ['storage', 'adapters'], instead: 'use the key pairs of server/ports/.' },
  'openid-client': { rooms: ['oauth2'], instead: 'use the OAuth2Provider of server/ports/.' },
  imapflow: { rooms: ['adapters'], instead: 'use the SenderAdapter of server/ports/.' },
  'iconv-lite': { rooms: ['adapters'], instead: 'use the SenderAdapter of server/ports/.' },
  'hoodiecrow-imap': { rooms: ['practice'], instead: 'use the PracticeMailbox of server/ports/.' },
  react: { rooms: ['client'], instead: 'draw in client.' },
  'react-dom': { rooms: ['client'], instead: 'draw in client.' },
};
const sharedPackages = ['zod', 'croner'];
const withoutEnvironment: Room[] = [
  'shared',
  'client',
  'ports',
  'adapters',
  'steps',
  'practice',
  'oauth2',
  'runtime',
  'storage',
  'engine',
  'http',
];
/** Starts programs, which inherit PATH and the like. */
const environmentReaders = ['server/storage/embedded/programs.ts'];
const lists = ['server/adapters/index.ts', 'server/steps/index.ts', 'shared/catalog/index.ts'];

/** Every forbidden import, one sentence each: what, why, and what to do instead. Empty when all is well. */
export function checkImports(files: SourceFiles): string[] {
  return [...files].flatMap(([file, text]) => {
    const room = roomOf(file);
    if (room === undefined || isTest(file)) return [];
    const facts = readFacts(file, text);
    return [
      ...facts.imports.flatMap((imported) => checkOwn(file, room, imported) ?? checkForeign(file, room, imported) ?? []),
      ...checkBarrel(file, facts),
      ...checkEnvironment(file, room, facts),
    ];
  });
}

/** The room of a file of ours; undefined for scripts and tools, which may import what they need. */
export function roomOf(file: string): Room | undefined {
  const [top = '', second = ''] = file.split('/');
  if (top === 'shared' || top === 'client') return top;
  if (top !== 'server') return undefined;

  return rooms.find((room) => room === second) ?? 'main';
}

function checkOwn(file: string, room: Room, imported: string): string | undefined {
  if (!imported.startsWith('.')) return undefined;
  const target = path.posix.join(path.posix.dirname(file), imported);
  if (isTest(target))
    return `${file} imports ${target}: tests may use the code, not the code the tests. Move what both need out of the test.`;
  const targetRoom = roomOf(target);
  if (targetRoom === room || target === 'package.json') return undefined;
  if (targetRoom !== undefined && mayImport[room].includes(targetRoom)) return undefined;
  return `${file} imports ${target}, but ${room} may import ${listed(mayImport[room])}: ${advice[room]}`;
}

function checkForeign(file: string, room: Room, imported: string): string | undefined {
  if (imported.startsWith('node:')) {
    if (room === 'shared' || room === 'client') return `${file} imports ${imported}, which browsers do not have: ${advice[room]}`;
    return undefined;
  }
  const name = packageOf(imported);
  if (name === undefined) return undefined;
  const rule = Object.hasOwn(packageRooms, name) ? packageRooms[name] : undefined;
  if (rule && !rule.rooms.includes(room)) return `${file} imports ${name}, which only ${listed(rule.rooms)} may know: ${rule.instead}`;
  if (room === 'shared' && !sharedPackages.includes(name))
    return `${file} imports ${name}, but shared may use ${listed(sharedPackages)}: ${advice.shared}`;
  return undefined;
}

function checkBarrel(file: string, { reExports }: SourceFacts): string[] {
  if (reExports.length > 0)
    return [`${file} re-exports ${listed(reExports)}: import each thing from the file that has it, barrels make circles.`];
  const isIndex = /\/index\.tsx?$/.test(file);
  return isIndex && !lists.includes(file)
    ? [`${file} is called index: name the file by its subject; only ${listed(lists)} are lists.`]
    : [];
}

function checkEnvironment(file: string, room: Room, { code, imports }: SourceFacts): string[] {
  if (!withoutEnvironment.includes(room) || environmentReaders.includes(file)) return [];
  const isReading = /\bprocess\s*(\?\.|\.)\s*env\b|\bprocess\s*\[/.test(code) || imports.includes('node:process');
  return isReading ? [`${file} reads the environment: add the variable to server/config.ts and let main.ts hand it in.`] : [];
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'nobody' : names.join(', ');
}
