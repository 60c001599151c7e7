import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { foldCounts } from './log-counts.ts';
import { messageIdAt } from './message-ids.ts';
import { openOverviewStore } from './overview-store.ts';
import { json, sqlOn, type Sql } from './sql.ts';

const hourMs = 60 * 60_000;
/** The end of the present hour, so that spans of full hours hold everything. */
const end = new Date(Math.ceil(Date.now() / hourMs) * hourMs);
const hoursAgo = (hours: number) => new Date(end.getTime() - hours * hourMs);

let db: TestDatabase;
let sql: Sql;

beforeAll(async () => {
  db = await testDatabase();
  sql = sqlOn(db.database.pool);
});
afterAll(async () => {
  await db.close();
});

async function addFlow(name: string): Promise<{ flowId: string; channelId: string }> {
  const [row] = await sql.query<{ flowId: string; channelId: string }>(
    `with f as (insert into flow (name, draft) values ($1, '{}') returning id)
     insert into channel (flow_id, node_id, name, version, type, config) select id, 'mail', 'Mail', 1, 'mail-sender', '{}' from f
     returning flow_id as "flowId", id as "channelId"`,
    [name],
  );
  if (!row) throw new Error('insert returned nothing');
  return row;
}

interface Row {
  flowId: string;
  channelId: string;
  at: Date;
  status: string;
  code: string | null;
}

async function addMessages(rows: Row[]): Promise<void> {
  const view = (code: string) => ({ code, message: `It went wrong: ${code}`, remedy: '', retryable: true });
  await sql.query(
    `insert into message_log (id, flow_id, version, channel_id, node_id, status, subject, "from", "to", mail_message_id, size_bytes, raw_hash, received_at, error)
     select m.id, m."flowId", 1, m."channelId", 'mail', m.status, '', '', '', '', 1, 'x', m.at, m.error
       from jsonb_to_recordset($1::jsonb) as m(id uuid, "flowId" uuid, "channelId" uuid, status text, at timestamptz, error jsonb)`,
    [json(rows.map(({ code, ...row }, index) => ({ ...row, id: messageIdAt(row.at, index), error: code && view(code) })))],
  );
}

/** Pseudo-random but the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

test('its sums are those of a count of every message, folded or not', async () => {
  const flows = [await addFlow('Orders'), await addFlow('Bills')];
  const random = numbers(7);
  const pick = <T>(items: T[]): T => items[Math.floor(random.next().value * items.length)] as T;
  const statuses = ['COMPLETED', 'COMPLETED', 'FAILED', 'RETRY', 'PROCESSING', 'ESCALATED', 'DISCARDED', 'CANCELLED'];
  const rows = Array.from({ length: 1_500 }, (): Row => {
    const status = pick(statuses);
    const hasError = status === 'FAILED' || status === 'RETRY';
    return {
      ...pick(flows),
      at: new Date(end.getTime() - 1 - Math.floor(random.next().value * 60 * hourMs)),
      status,
      code: hasError ? pick(['HTTP_REFUSED', 'HTTP_REFUSED', 'HTTP_UNREACHABLE']) : null,
    };
  });
  await addMessages(rows.slice(0, 700));
  await foldCounts(db.database.pool);
  await addMessages(rows.slice(700));

  const store = openOverviewStore(db.database.pool);
  for (const span of [
    { from: hoursAgo(24), to: end },
    { from: hoursAgo(50), to: hoursAgo(47) },
  ]) {
    const facts = await store.read(span);
    const inSpan = (row: Row) => row.at >= span.from && row.at < span.to;
    for (const { flowId } of flows) {
      const own = rows.filter((row) => row.flowId === flowId);
      const open = own.filter(({ status }) => status === 'PROCESSING' || status === 'RETRY');
      const counts = Object.fromEntries(
        [...Map.groupBy(own.filter(inSpan), ({ status }) => status)].map(([status, of]) => [status, of.length]),
      );
      expect(facts.flows.get(flowId)).toEqual({
        counts,
        backlog: { count: open.length, oldestAt: new Date(Math.min(...open.map(({ at }) => at.getTime()))) },
        quarantined: 0,
        openAlerts: 0,
        logLevel: null,
      });
    }
    const errors = Map.groupBy(
      rows.filter((row) => row.code !== null && inSpan(row)),
      ({ code }) => code,
    );
    expect(facts.topErrors.map(({ code, count, lastAt }) => [code, count, lastAt])).toEqual(
      [...errors]
        .map(([code, of]) => [code, of.length, new Date(Math.max(...of.map(({ at }) => at.getTime())))] as const)
        .toSorted(([, a], [, b]) => b - a),
    );
    expect(facts.topErrors[0]).toMatchObject({ message: 'It went wrong: HTTP_REFUSED' });
    expect(facts.isErrorsCut).toBe(false);
    const ofStatus = (status: string) => rows.filter((row) => row.status === status).length;
    expect(facts.open).toEqual({ processing: ofStatus('PROCESSING'), retrying: ofStatus('RETRY') });
  }
});

test('what does not work now comes before what will end soon, and what ends later is left out', async () => {
  const token = (name: string, days: number) =>
    sql.query(
      `insert into api_token (id, name, start, hash, created_by, expires_at) values ($1, $1, 'mail', $1, 'Ada', now() + $2 * interval '1 day')`,
      [name, days],
    );
  await token('next week', 7);
  await token('tomorrow', 1);
  await token('yesterday', -1);
  await token('next year', 365);
  await sql.query(
    `insert into sign_in_pause (account, credential, refusals, until) values ('imap.example.com/ada', 'orders', 3, now() + interval '4 min')`,
  );
  const { expiring } = await openOverviewStore(db.database.pool).read({ from: hoursAgo(1), to: end });
  expect(expiring.map(({ kind, name, state }) => [kind, name, state])).toEqual([
    ['credential', 'orders', 'refused'],
    ['token', 'yesterday', 'expired'],
    ['token', 'tomorrow', 'expiring'],
    ['token', 'next week', 'expiring'],
  ]);
});

test('a channel is told of its own held mails, when it last took one in, and the pause of its account alone', async () => {
  const { flowId, channelId } = await addFlow('Held');
  const newest = hoursAgo(3);
  for (const [hours, taken] of [
    [1, 0],
    [3, 2],
    [5, 1],
  ] as const)
    await sql.query(
      `insert into poll (id, channel_id, flow_id, node_id, started_at, ended_at, result, taken, worker)
       values (gen_random_uuid(), $1, $2, 'mail', $3, $3, 'completed', $4, 'w')`,
      [channelId, flowId, hoursAgo(hours), taken],
    );
  await addMessages([newest, hoursAgo(5)].map((at) => ({ flowId, channelId, at, status: 'COMPLETED', code: null })));
  for (const code of ['MAIL_RENUMBERED_DIFFERS', 'MAIL_NOT_PARSEABLE']) {
    await sql.query(
      `with l as (insert into ledger (channel_id, mailbox, epoch, uid, state, size_bytes) values ($1, 'm', '1', $3, 'held', 1) returning id)
       insert into quarantine (channel_id, flow_id, ledger_id, reason, size_bytes) select $1, $2, id, jsonb_build_object('code', $3::text), 1 from l`,
      [channelId, flowId, code],
    );
  }
  await sql.query(
    `insert into sign_in_pause (account, credential, refusals, until) values ('imap.example.com/bo', 'held', 3, now() + interval '4 min')`,
  );
  const store = openOverviewStore(db.database.pool);
  const standing = await store.standing({ id: channelId, flowId }, { host: 'imap.example.com', credential: 'held' });
  expect(standing).toMatchObject({ setAside: 2, held: 1, lastTakenAt: newest, signInPause: { credential: 'held' } });
  expect(await store.standing({ id: channelId, flowId }, { host: 'pop.example.com', credential: 'held' })).toMatchObject({
    signInPause: null,
  });
  expect((await store.read({ from: hoursAgo(24), to: end })).flows.get(flowId)).toMatchObject({ quarantined: 2, counts: { COMPLETED: 2 } });
});
