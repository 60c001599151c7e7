import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes, streamRoutes } from '../../shared/api.ts';
import { roles, roleTable, type Role } from '../../shared/roles.ts';
import { cookieAfter, httpClient, type HttpClient } from '../testing/http-client.ts';
import { administrator, startTestServer, type TestServer } from '../testing/http-server.ts';

/** What docs/security.md says of every route and role, asked of a real server. The test knows the table of the document only. */

interface Line {
  route: string;
  method: string;
  path: string;
  may: Record<Role, boolean>;
}

const lines = await documented();
const anyId = '01890000-0000-7000-8000-000000000000';
const ways = ['session', 'token'] as const;

let server: TestServer;
const clients = new Map<string, HttpClient>();

beforeAll(async () => {
  server = await startTestServer();
  await server.accounts.ensureAdministrator(administrator);
  for (const role of roles) {
    clients.set(`${role} session`, await signedInAs(role));
    clients.set(`${role} token`, await server.as(role));
  }
});
afterAll(() => server.close());

describe('the table of docs/security.md', () => {
  it('has every route once, with its method and path', () => {
    const mounted = Object.entries({ ...routes, ...streamRoutes }).map(([route, { method, path }]) => ({ route, method, path }));
    const listed = lines.map(({ route, method, path }) => ({ route, method, path }));
    const byName = (a: { route: string }, b: { route: string }) => (a.route < b.route ? -1 : 1);
    expect(listed.toSorted(byName)).toEqual(mounted.toSorted(byName));
  });
});

describe.each(roles.flatMap((role) => ways.map((way) => [role, way] as const)))('with the role %s, by %s,', (role, way) => {
  const allowed = lines.filter((line) => line.may[role]);
  const refused = lines.filter((line) => !line.may[role]);

  it('what the table refuses is refused, and nothing is written', async () => {
    const before = await everyRow();
    for (const line of refused) {
      const answer = await ask(role, way, line);
      expect([answer.status, line.route], `${line.method} ${line.path}`).toEqual([403, line.route]);
      expect(await answer.json()).toMatchObject({ code: 'NOT_ALLOWED' });
    }
    expect(await everyRow()).toEqual(before);
  });

  it('what the table allows is not refused for the role', async () => {
    for (const line of allowed) {
      const answer = await ask(role, way, line);
      const isJson = answer.headers.get('content-type')?.startsWith('application/json') ?? false;
      const code: unknown = isJson && !answer.ok ? ((await answer.json()) as { code?: unknown }).code : undefined;
      await answer.body?.cancel().catch(() => undefined);
      expect(['NOT_SIGNED_IN', 'NOT_ALLOWED', 'INTERNAL'], `${line.method} ${line.path}`).not.toContain(code);
    }
  });
});

/** Empty, with ids of nothing: an allowed request gets as far as its body or its id, and no further. */
async function ask(role: Role, way: (typeof ways)[number], { route, method, path }: Line): Promise<Response> {
  // Ends the session it is asked with.
  const client = route === 'signOut' && way === 'session' ? await signedInAs(role) : clients.get(`${role} ${way}`);
  if (!client) throw new Error(`There is no client for ${role} by ${way}`);
  const filled = path.replace(':version', '1').replace(':index', '0').replace(/:\w+/g, anyId);
  return client.send(method, filled);
}

let people = 0;

async function signedInAs(role: Role): Promise<HttpClient> {
  const email = `person-${(people += 1)}@example.com`;
  const { token } = await server.parts.users.create({ name: roleTable[role].title, email, role }, 'test');
  const body = { token, password: 'brass gears hum at noon' };
  const { response } = await httpClient(server.url).callWithResponse('welcome', { body });
  return httpClient(server.url, { cookie: cookieAfter(response) });
}

/** A fingerprint of every table but those that tell of the asking itself. */
async function everyRow(): Promise<Record<string, string>> {
  const { rows: tables } = await server.database.pool.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition
        and c.relname not in ('audit', 'request_done', 'session', 'api_token') order by 1`,
  );
  expect(tables.length).toBeGreaterThan(20);
  const prints: Record<string, string> = {};
  for (const { name } of tables) {
    const { rows } = await server.database.pool.query<{ print: string }>(
      `select count(*) || ' ' || md5(coalesce(string_agg(t::text, '' order by t::text), '')) as print from "${name}" t`,
    );
    prints[name] = rows[0]?.print ?? '';
  }
  return prints;
}

/** Lines of the table whose head begins with "Route". */
async function documented(): Promise<Line[]> {
  const text = await readFile(new URL('../../docs/security.md', import.meta.url), 'utf8');
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')),
    );
  const start = rows.findIndex(([first]) => first === 'Route');
  const head = rows[start];
  if (!head) throw new Error('docs/security.md has no table of routes');
  const column = (name: string) => {
    const index = head.indexOf(name);
    if (index < 0) throw new Error(`The table of routes has no column ${name}`);
    return index;
  };
  const cellOf = (row: string[], name: string) => row[column(name)] ?? '';
  const mayOf = (row: string[], role: Role) => {
    const cell = cellOf(row, roleTable[role].title);
    if (cell !== 'yes' && cell !== '–') throw new Error(`'${cell}' says neither yes nor no`);
    return cell === 'yes';
  };
  const end = rows.findIndex((row, i) => i > start && row.length !== head.length);
  return rows.slice(start + 2, end < 0 ? undefined : end).map((row) => ({
    route: cellOf(row, 'Route'),
    method: cellOf(row, 'Method'),
    path: cellOf(row, 'Path'),
    may: {
      administrator: mayOf(row, 'administrator'),
      developer: mayOf(row, 'developer'),
      operator: mayOf(row, 'operator'),
      viewer: mayOf(row, 'viewer'),
    },
  }));
}
