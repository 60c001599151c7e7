import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sqlOn, type Sql } from '../storage/sql.ts';
import { messageIdAt } from '../storage/message-ids.ts';
import { eventually } from '../testing/eventually.ts';
import type { HttpClient } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/http-server.ts';
import { csvField } from './export.ts';

/** What is done with the list of messages: exported, kept as a view, handed to the workers. */

let server: TestServer;
let sql: Sql;
let program: HttpClient;
let flowId: string;

beforeAll(async () => {
  server = await startTestServer();
  sql = sqlOn(server.database.pool);
  program = await server.program();
  ({ id: flowId } = await server.parts.flows.create({ name: 'Orders, "all"', description: '', draft: { nodes: [], edges: [] } }));
});
afterAll(() => server.close());
beforeEach(async () => {
  await sql.query('delete from message_log');
  await sql.query('delete from message_search');
});

async function addMessages(count: number, { subject = 'Order', status = 'COMPLETED' } = {}): Promise<string[]> {
  const at = new Date();
  const ids = Array.from({ length: count }, (_, index) => messageIdAt(new Date(at.getTime() - index)));
  await sql.query(
    `insert into message_log (id, flow_id, version, channel_id, node_id, status, subject, "from", "to", mail_message_id, size_bytes, raw_hash, received_at)
     select id, $2, 1, $2, 'mail', $3, $4, 'ada@example.com', '', '', 1, 'hash', $5::timestamptz - (n - 1) * interval '1 ms'
       from unnest($1::uuid[]) with ordinality as u(id, n)`,
    [ids, flowId, status, subject, at],
  );
  return ids;
}

describe('an export', () => {
  it('has every message that the filter lets through, in order, over many pages', async () => {
    const ids = await addMessages(1_203, { status: 'FAILED' });
    await addMessages(5);
    const json = await program.send('GET', '/exports/messages?format=json&status=FAILED');
    expect(json.headers.get('content-type')).toContain('application/json');
    expect(json.headers.get('content-disposition')).toMatch(/^attachment; filename="?messages-\d{4}-\d\d-\d\d\.json"?$/);
    expect(((await json.json()) as { id: string }[]).map(({ id }) => id)).toEqual(ids);
    const bytes = await (await program.send('GET', '/exports/messages?format=csv&status=FAILED')).arrayBuffer();
    const csv = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    expect(csv.slice(0, 19)).toBe('\uFEFFMessage ID,Status,');
    const lines = csv.trimEnd().split('\r\n');
    expect(lines.slice(1).map((line) => line.slice(0, 36))).toEqual(ids);
    expect(lines[1]).toContain(',"Orders, ""all""",1,Order,');
  });

  it('of nothing is an empty list', async () => {
    expect(await (await program.send('GET', '/exports/messages?format=json&subject=none')).json()).toEqual([]);
    expect((await (await program.send('GET', '/exports/messages?format=csv&subject=none')).text()).split('\r\n')).toHaveLength(2);
  });

  it('reads no further ahead than its reader, however long it is, and ends when the visitor leaves', async () => {
    await addMessages(500);
    const list = server.parts.messages.list.bind(server.parts.messages);
    let asked = 0;
    // A log without an end: each page is followed by itself.
    server.parts.messages.list = async (filter, page) => {
      asked += 1;
      const { items } = await list(filter, { limit: page.limit, cursor: undefined });
      return { items, nextCursor: 'more' };
    };
    try {
      const left = new AbortController();
      const { token } = await server.accounts.createToken({ name: 'export', role: 'viewer', userId: null, expiresAt: null }, 'test');
      const response = await fetch(`${server.url}/api/v1/exports/messages?format=json`, {
        headers: { authorization: `Bearer ${token}` },
        signal: left.signal,
      });
      const reader = response.body?.getReader();
      await reader?.read();
      // Nobody reads on: once what lies between is full, no page is asked for any more.
      let before = -1;
      await eventually(
        async () => {
          const isStill = asked === before;
          before = asked;
          await new Promise((resolve) => setTimeout(resolve, 250));
          return isStill && asked === before;
        },
        { what: 'an export that waits for its reader' },
      );
      expect(asked).toBeLessThan(100);
      for (let bytes = 0; bytes < 30_000_000;) bytes += (await reader?.read())?.value?.length ?? Infinity;
      expect(asked).toBeGreaterThan(before + 50);
      left.abort();
      await eventually(async () => {
        const seen = asked;
        await new Promise((resolve) => setTimeout(resolve, 200));
        return asked === seen;
      });
    } finally {
      server.parts.messages.list = list;
    }
  });

  it('that breaks off is no whole file', async () => {
    await addMessages(600);
    const list = server.parts.messages.list.bind(server.parts.messages);
    server.parts.messages.list = async (filter, page) => {
      if (page.cursor) throw new Error('the database went away');
      return list(filter, page);
    };
    const response = await program.send('GET', '/exports/messages?format=json');
    await expect(response.text()).rejects.toThrow();
    server.parts.messages.list = list;
  });

  it.each([
    ['=1+1', `'=1+1`],
    ['+49 30 1234', `'+49 30 1234`],
    ['-cmd', `'-cmd`],
    ['@SUM(A1)', `'@SUM(A1)`],
    ['\t=1', `'\t=1`],
    [' =1', `' =1`],
    ['\r=1', `"'\r=1"`],
    ['a "quoted", text', '"a ""quoted"", text"'],
    ['two\nlines', '"two\nlines"'],
    ['Order 17', 'Order 17'],
    ['1 - 2', '1 - 2'],
  ])('writes %j as %j', (text, field) => expect(csvField(text)).toBe(field));

  it('is for everybody who sees the list', async () => {
    const viewer = await server.as('viewer');
    expect((await viewer.send('GET', '/exports/messages?format=csv')).status).toBe(200);
    expect((await viewer.send('GET', '/exports/messages?format=xml')).status).toBe(400);
    expect((await viewer.send('GET', '/exports/messages?format=csv&nobody=knows')).status).toBe(400);
  });
});

describe('a saved view', () => {
  const search = { status: 'FAILED,RETRY', cols: 'flow,received' };
  const body = (name: string, isShared = false) => ({ name, isShared, search });
  beforeEach(() => sql.query('delete from saved_view'));

  it('is seen by who made it, or by everybody', async () => {
    const [ada, bob] = [await server.as('operator'), await server.as('viewer')];
    const own = await ada.call('createView', { body: body('Mine') });
    const shared = await ada.call('createView', { body: body('Night shift', true) });
    expect(own.search).toEqual(search);
    const namesOf = async (client: HttpClient) => (await client.call('listViews')).items.map(({ name }) => name);
    expect(await namesOf(ada)).toEqual(['Mine', 'Night shift']);
    expect(await namesOf(bob)).toEqual(['Night shift']);
    const refusal = (code: string) => ({ answer: { code } });
    await expect(bob.call('saveView', { params: { id: own.id }, body: body('Stolen') })).rejects.toMatchObject(refusal('NOT_FOUND'));
    await expect(bob.call('deleteView', { params: { id: own.id } })).rejects.toMatchObject(refusal('NOT_FOUND'));
    await expect(bob.call('deleteView', { params: { id: shared.id } })).rejects.toMatchObject(refusal('NOT_ALLOWED'));
    await expect(bob.call('createView', { body: body('All', true) })).rejects.toMatchObject(refusal('NOT_ALLOWED'));
    await bob.call('createView', { body: body('Mine') });
    expect(await namesOf(bob)).toEqual(['Mine', 'Night shift']);
  });

  it('has a name that no other of the same people has', async () => {
    const ada = await server.as('operator');
    const first = await ada.call('createView', { body: body('Failed', true) });
    const both = await Promise.allSettled([1, 2].map(() => ada.call('createView', { body: body('At once', true) })));
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(ada.call('createView', { body: body('FAILED', true) })).rejects.toMatchObject({ answer: { code: 'VIEW_EXISTS' } });
    await ada.call('createView', { body: body('Failed') });
    expect(await ada.call('saveView', { params: { id: first.id }, body: body('failed', true) })).toMatchObject({ name: 'failed' });
    await ada.call('deleteView', { params: { id: first.id } });
    await expect(ada.call('deleteView', { params: { id: first.id } })).rejects.toMatchObject({ answer: { code: 'NOT_FOUND' } });
  });
});

describe('a bulk action', () => {
  it('keeps what was asked for: whose wish, which messages as of now, and how many', async () => {
    await addMessages(3, { status: 'FAILED' });
    const asked = await program.call('createBulk', { body: { kind: 'retry', filter: { status: 'FAILED,RETRY', subject: 'ord' } } });
    expect(asked).toMatchObject({ kind: 'retry', wish: { from: 'failed', version: 'same' }, total: 3, done: 0, state: 'running' });
    expect(asked.filter).toMatchObject({ status: 'FAILED,RETRY', subject: 'ord' });
    expect(Math.abs(Date.parse(asked.filter?.['to'] ?? '') - Date.now())).toBeLessThan(20_000);
    expect((await program.call('listBulks', { query: {} })).items[0]).toEqual(asked);
    expect(await program.call('stopBulk', { params: { id: asked.id } })).toMatchObject({ state: 'stopped' });
    await expect(program.call('stopBulk', { params: { id: asked.id } })).rejects.toMatchObject({ answer: { code: 'BULK_ENDED' } });
  });

  it('is asked for by those who may operate, and seen by all', async () => {
    const ids = await addMessages(1);
    const developer = await server.as('developer');
    await expect(developer.call('createBulk', { body: { kind: 'cancel', ids } })).rejects.toMatchObject({
      answer: { code: 'NOT_ALLOWED' },
    });
    const { id } = await (await server.as('operator')).call('createBulk', { body: { kind: 'cancel', ids } });
    expect(await developer.call('getBulk', { params: { id } })).toMatchObject({ kind: 'cancel', wish: null, total: 1 });
    await expect(developer.call('stopBulk', { params: { id } })).rejects.toMatchObject({ answer: { code: 'NOT_ALLOWED' } });
  });

  it.each([
    ['neither ids nor filter', { kind: 'retry' }],
    ['both', { kind: 'retry', ids: ['01890000-0000-7000-8000-000000000000'], filter: {} }],
    ['a filter with a word too many', { kind: 'retry', filter: { everything: 'yes' } }],
    ['another kind', { kind: 'delete', filter: {} }],
  ])('refuses %s', async (_, body) => {
    expect((await program.send('POST', '/bulks', body)).status).toBe(400);
  });
});
