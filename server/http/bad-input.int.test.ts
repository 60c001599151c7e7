import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes, streamRoutes } from '../../shared/api.ts';
import { errorAnswerSchema, type Route, type StreamRoute } from '../../shared/api/route.ts';
import { pathOf, sampleOf, takesBody } from '../testing/bad-requests.ts';
import { httpClient } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/http-server.ts';

/** Every route, asked wrongly in each way: an error in its form, and nothing happens. */

let server: TestServer;
let program: Awaited<ReturnType<TestServer['program']>>;

beforeAll(async () => {
  server = await startTestServer();
  program = await server.program();
});
afterAll(() => server.close());

type AnyRoute = Route | StreamRoute;
const all: [string, AnyRoute][] = [...Object.entries(routes), ...Object.entries(streamRoutes)];
const guarded = all.filter(([, route]) => route.may !== 'anyone');
const withBody = all.filter(([, route]) => takesBody(route));

/** What says who asked, and when: it may change. */
const ofAsking = ['audit', 'request_done', 'session', 'account_lock'];

/** All that is stored, but for what asking alone changes. */
async function everything(): Promise<Record<string, string>> {
  const { pool } = server.database;
  const { rows: tables } = await pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_name <> all($1) order by 1`,
    [ofAsking],
  );
  const contents = tables.map(
    ({ name }) => `select '${name}' as name, md5(coalesce(string_agg(t, '' order by t), '')) as content
                     from (select (to_jsonb(x) - 'last_used_at')::text as t from public."${name}" x) rows`,
  );
  const { rows } = await pool.query<{ name: string; content: string }>(contents.join(' union all '));
  return Object.fromEntries(rows.map(({ name, content }) => [name, content]));
}

async function expectRefusal(response: Response, statuses: number[]): Promise<string> {
  const answer: unknown = await response.json().catch(() => undefined);
  expect([response.status, answer]).toEqual([expect.toSatisfy((status: number) => statuses.includes(status)), expect.anything()]);
  const { code } = errorAnswerSchema.parse(answer);
  // The program that asks may do everything but what only a person may with their own account.
  if (response.status === 403) expect(code).toBe('NEEDS_SESSION');
  return code;
}

describe('nothing happens, and the answer is an error in its form,', () => {
  it.each(guarded)('without a session: %s', async (_name, route) => {
    const response = await httpClient(server.url).send(route.method, pathOf(route), sampleOf(route.body));
    expect(await expectRefusal(response, [401])).toBe('NOT_SIGNED_IN');
  });

  it.each(withBody)('with a body of the wrong type: %s', async (_name, route) => {
    const before = await everything();
    for (const body of [[], 'text', 17, true, { unknown: { deep: [null] } }]) {
      const response = await program.send(route.method, pathOf(route), body);
      // A body without a required field may be an object with fields that are not known.
      if (response.ok) expect(body).toBeTypeOf('object');
      else await expectRefusal(response, [400, 401, 403, 404, 409, 422, 429]);
      if (!Array.isArray(body) && typeof body !== 'object') expect(response.status).toBe(400);
    }
    expect(await everything()).toEqual(before);
  });

  it.each(withBody)('with a body that is no JSON: %s', async (_name, route) => {
    const response = await fetch(`${server.url}/api/v1${pathOf(route)}`, {
      method: route.method,
      headers: { ...program.headers, 'content-type': 'application/json' },
      body: '{"name": ',
    });
    expect(await expectRefusal(response, [400])).toBe('BAD_REQUEST');
  });

  it.each(withBody)('with more than it takes: %s', async (_name, route) => {
    const response = await program.send(route.method, pathOf(route), { name: 'x'.repeat(2_100_000) });
    expect(await expectRefusal(response, [413])).toBe('BODY_TOO_LARGE');
  });

  const named = guarded.filter(([, route]) => route.path.includes(':'));
  it.each(named)('for a thing that is not there: %s', async (_name, route) => {
    const before = await everything();
    const response = await program.send(route.method, pathOf(route), sampleOf(route.body));
    if (response.ok) expect(await isEmpty(response)).toBe(true);
    // 400 where a sample can't know what more is wanted of a body, 409 where it says why nothing can be done.
    else await expectRefusal(response, [404, 400, 403, 409, 422]);
    expect(await everything()).toEqual(before);
  });

  it.each(named.filter(([, route]) => /:(id|messageId)\b/.test(route.path)))('with an id that is none: %s', async (_name, route) => {
    const response = await program.send(route.method, route.path.replace(/:\w+/g, "'%20or%201=1"), sampleOf(route.body));
    await expectRefusal(response, [400, 403, 404]);
  });
});

/** A list of nothing is an answer about something that is not there, too. */
async function isEmpty(response: Response): Promise<boolean> {
  const answer: unknown = await response.json();
  if (answer === null) return true;
  const { items, count } = answer as { items?: unknown[]; count?: number };
  return items?.length === 0 || count === 0;
}

describe('a stale version', () => {
  it('of a flow is refused, and the newer one stays', async () => {
    const flow = await program.call('createFlow', { body: { name: 'Stale' } });
    const { id, revision, name, draft } = flow;
    await program.call('saveFlow', { params: { id }, body: { revision, name, description: 'newer', draft } });
    await expect(program.call('saveFlow', { params: { id }, body: { revision, name, description: 'older', draft } })).rejects.toMatchObject(
      { status: 409, answer: { code: 'FLOW_CHANGED_ELSEWHERE' } },
    );
    expect(await program.call('getFlow', { params: { id } })).toMatchObject({ description: 'newer' });
  });
});

describe('a repeated request', () => {
  const keyed = (key: string) => ({ 'idempotency-key': key });
  const count = async () => (await program.call('listFlows')).items.length;

  it('with the same key gets the same answer, byte for byte, and is done once', async () => {
    const before = await count();
    const answers = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const response = await program.send('POST', '/flows', { name: 'Once' }, keyed('once'));
        return [response.status, await response.text()] as const;
      }),
    );
    const done = answers.filter(([status]) => status === 200);
    // Those that came while it ran were told so.
    for (const [status, text] of answers)
      if (status !== 200) expect([status, JSON.parse(text)]).toMatchObject([409, { code: 'REQUEST_RUNS' }]);
    expect(new Set(done.map(([, text]) => text)).size).toBe(1);
    const later = await program.send('POST', '/flows', { name: 'Once' }, keyed('once'));
    expect(await later.text()).toBe(done[0]?.[1]);
    expect(await count()).toBe(before + 1);
  });

  it('with another body is refused', async () => {
    await program.send('POST', '/flows', { name: 'First' }, keyed('reused'));
    const response = await program.send('POST', '/flows', { name: 'Second' }, keyed('reused'));
    expect(await expectRefusal(response, [409])).toBe('REQUEST_KEY_REUSED');
  });

  it('that failed may be tried again', async () => {
    const send = () => program.send('POST', '/credentials', { name: '' }, keyed('failed'));
    expect((await send()).status).toBe(400);
    const missing = () => program.send('DELETE', `/flows/${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}`, undefined, keyed('missing'));
    expect(await expectRefusal(await missing(), [404])).toBe('NOT_FOUND');
    expect(await expectRefusal(await missing(), [404])).toBe('NOT_FOUND');
  });

  it('whose answer held a secret is not answered again, and no secret was kept', async () => {
    const send = () => program.send('POST', '/tokens', { name: 'repeated' }, keyed('token'));
    const first = (await (await send()).json()) as { token: string };
    expect(await expectRefusal(await send(), [409])).toBe('REQUEST_DONE');
    const { rows } = await server.database.pool.query(`select 1 from request_done where answer::text like '%' || $1 || '%'`, [
      Buffer.from(first.token).toString('hex'),
    ]);
    expect(rows).toEqual([]);
  });

  it('of another visitor is another request', async () => {
    const before = await count();
    for (const visitor of [program, await server.program()]) await visitor.send('POST', '/flows', { name: 'Each' }, keyed('of each'));
    expect(await count()).toBe(before + 2);
  });

  it('needs a key that is one', async () => {
    for (const key of ['x'.repeat(201), ' ']) {
      const response = await program.send('POST', '/flows', { name: 'No key' }, { 'idempotency-key': key });
      // An empty header is none.
      expect([200, 400]).toContain(response.status);
    }
  });
});

describe('too many requests', () => {
  it('are refused with the time to wait, for that visitor alone', async () => {
    const strict = await startTestServer({ rates: { readsPerMinute: 3, changesPerMinute: 1, heavyPerMinute: 1, heavyAtOnce: 1 } });
    try {
      const [busy, other] = await Promise.all([strict.program(), strict.program()]);
      for (let i = 0; i < 3; i++) await busy.call('listFlows');
      const refused = await busy.send('GET', '/flows');
      expect(await expectRefusal(refused, [429])).toBe('TOO_MANY_REQUESTS');
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      await busy.call('createFlow', { body: { name: 'One' } });
      await expect(busy.call('createFlow', { body: { name: 'Two' } })).rejects.toMatchObject({ status: 429 });
      await other.call('listFlows');
    } finally {
      await strict.close();
    }
  });
});
