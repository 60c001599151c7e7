import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { messageStatuses, type MessageStatus } from '../../shared/status.ts';
import { openQueue } from '../engine/queue.ts';
import type { Queue } from '../ports/engine.ts';
import type { MessageFilter, MessageLog, MessageRow } from '../ports/logs.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { silentLog } from '../testing/silent-log.ts';
import { dayMs, makeDays } from './log-partitions.ts';
import { filterConditions } from './message-conditions.ts';
import { messageIdAt } from './message-ids.ts';
import { openMessageLog } from './message-log-store.ts';
import { sqlOn, transaction, type Sql } from './sql.ts';

/** Whatever the database does to be quick, each filter finds what a look at every message finds. */

const rows = 10_000;
const days = 40;
const errorCodes = ['HTTP_ANSWER', 'FILE_FULL', 'RECEIVER_TIMEOUT'];

interface Logged {
  id: string;
  flowId: string;
  version: number;
  status: MessageStatus;
  subject: string;
  from: string;
  mailMessageId: string;
  receivedAt: Date;
  error: { code: string } | null;
  isUnreadAgain: boolean;
  custom: Record<string, string> | null;
}

let db: TestDatabase;
let sql: Sql;
let queue: Queue;
let messages: MessageLog;
let flowIds: string[];
let all: Logged[];
const newest = new Date();

beforeAll(async () => {
  db = await testDatabase();
  sql = sqlOn(db.database.pool);
  queue = await openQueue({ database: db.database, log: silentLog });
  messages = openMessageLog(db.database.pool, queue);
  await makeDays(db.database.pool, silentLog, new Date(newest.getTime() - (days + 1) * dayMs));
  const flows = await sql.query<{ id: string }>(
    `insert into flow (name, draft) select 'Flow ' || n, '{}' from generate_series(1, 4) n returning id`,
  );
  flowIds = flows.map(({ id }) => id);
  all = Array.from({ length: rows }, logged).sort(byArrival);
  await sql.query(
    `insert into message_log (id, flow_id, version, channel_id, node_id, status, subject, "from", "to", mail_message_id, size_bytes, raw_hash, received_at, error, custom)
     select id, flow_id, version, flow_id, 'mail', status, subject, sender, 'orders@example.com', mid, 1, 'hash', received_at, error, custom
       from jsonb_to_recordset($1::jsonb) as r(id uuid, flow_id uuid, version int, status text, subject text, sender text, mid text, received_at timestamptz, error jsonb, custom jsonb)`,
    [
      JSON.stringify(
        all.map((row) => ({ ...row, flow_id: row.flowId, sender: row.from, mid: row.mailMessageId, received_at: row.receivedAt })),
      ),
    ],
  );
  const [channel] = await sql.query<{ id: string }>(
    `insert into channel (flow_id, node_id, name, version, type, config) values ($1, 'mail', 'Mail', 1, 'mail-sender', '{}') returning id`,
    [flowIds[0]],
  );
  await sql.query(
    `insert into ledger (channel_id, mailbox, epoch, uid, state, size_bytes, message_id, unread_again_at)
     select $1, 'm', '1', id::text, 'taken', 1, id, now() from unnest($2::uuid[]) id`,
    [channel?.id, all.filter((row) => row.isUnreadAgain).map(({ id }) => id)],
  );
  await sql.query('analyze message_log');
}, 120_000);
afterAll(async () => {
  await queue.close(0);
  await db.close();
});

const words = 'Rechnung invoice ÜBERSICHT order 100% a_b Straße naïve pump café ordner\\neu "quoted"'.split(' ');
const names = ['Jörg Meyer', 'ADA Lovelace', 'Zoë', 'orders', 'O’Neil', '<script>'];
const any = <T>(items: readonly T[]): T => {
  const item = items[randomInt(items.length)];
  if (item === undefined) throw new Error('there is nothing to choose from');
  return item;
};

function logged(_: unknown, index: number): Logged {
  const receivedAt = new Date(newest.getTime() - randomInt(days * dayMs));
  const status = any(messageStatuses);
  return {
    id: messageIdAt(receivedAt),
    flowId: any(flowIds),
    version: randomInt(1, 4),
    status,
    subject: `${any(words)} ${any(words)} ${randomInt(1e4)}`,
    from: `${any(names)} <person${randomInt(50)}@example.com>`,
    mailMessageId: any([`<Mail.${index}@host-${index % 7}.example>`, `${index}$x=y@Example`, `<${index}>`]),
    receivedAt,
    error: status === 'FAILED' || status === 'RETRY' ? { code: any(errorCodes) } : null,
    isUnreadAgain: index % 400 === 0,
    custom: index % 3 === 0 ? { 'Order-No': `A=${randomInt(40)}`, region: any(['north', 'süd']) } : null,
  };
}

function byArrival(a: Logged, b: Logged): number {
  return b.receivedAt.getTime() - a.receivedAt.getTime() || (a.id < b.id ? 1 : -1);
}

function hasHeader({ custom }: Logged, { name, value }: { name: string; value: string }): boolean {
  const small = (text: string) => text.toLowerCase();
  return Object.entries(custom ?? {}).some((header) => small(header[0]) === small(name) && small(header[1]) === small(value));
}

/** The filter, a message at a time. */
function letsThrough(filter: MessageFilter, row: Logged): boolean {
  const has = (text: string, part: string | undefined) => part === undefined || text.toLowerCase().includes(part.trim().toLowerCase());
  const bare = (id: string) => id.replace(/^<(.*)>$/, '$1');
  return (
    (filter.flowIds?.includes(row.flowId) ?? true) &&
    (filter.version ?? row.version) === row.version &&
    (filter.statuses?.includes(row.status) ?? true) &&
    (filter.errorCode === undefined || filter.errorCode === row.error?.code) &&
    (!filter.header || hasHeader(row, filter.header)) &&
    (!filter.unreadAgain || row.isUnreadAgain) &&
    (!filter.from || row.receivedAt >= filter.from) &&
    (!filter.to || row.receivedAt < filter.to) &&
    has(row.subject, filter.subject) &&
    has(row.from, filter.sender) &&
    (filter.mailMessageId === undefined || bare(filter.mailMessageId.trim()) === bare(row.mailMessageId)) &&
    has(`${row.subject} ${row.from}`, filter.search)
  );
}

async function listed(filter: MessageFilter, most = rows): Promise<MessageRow[]> {
  const found: MessageRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await messages.list(filter, { limit: 200, cursor });
    found.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && found.length < most);
  return found;
}

const ago = (daysAgo: number) => new Date(newest.getTime() - daysAgo * dayMs);
const midOf = () => any(all).mailMessageId;

/** Made when they are run, since what there is is known only then. */
const filters: Record<string, () => MessageFilter> = {
  'one status': () => ({ statuses: ['FAILED'] }),
  'several statuses': () => ({ statuses: ['FAILED', 'RETRY', 'CANCELLED'] }),
  'one flow': () => ({ flowIds: [any(flowIds)] }),
  'several flows': () => ({ flowIds: flowIds.slice(1, 3) }),
  'a version of a flow': () => ({ flowIds: [any(flowIds)], version: 2 }),
  'a part of the sender': () => ({ sender: 'ÖRG mey' }),
  'the address of a sender': () => ({ sender: 'person7@' }),
  'two characters of the sender': () => ({ sender: 'Zo' }),
  'signs of a sender that look like markup': () => ({ sender: '<script>' }),
  'a part of the subject': () => ({ subject: 'voic' }),
  'a part of the subject with an umlaut': () => ({ subject: 'übersi' }),
  'signs of a subject that stand for others in patterns': () => ({ subject: 'a_b' }),
  'a percent sign': () => ({ subject: '0%' }),
  'a backslash': () => ({ subject: 'ordner\\n' }),
  'a subject and a sender': () => ({ subject: 'order', sender: 'lovelace' }),
  'a Message-ID': () => ({ mailMessageId: midOf() }),
  'a Message-ID without its angle brackets': () => ({ mailMessageId: midOf().replaceAll(/[<>]/g, '') }),
  'the beginning of a Message-ID, which is none': () => ({ mailMessageId: '<Mail.1' }),
  'a header kept for the log': () => ({ header: { name: 'Order-No', value: 'A=7' } }),
  'a header in other upper and lower case': () => ({ header: { name: 'ORDER-no', value: 'a=7' } }),
  'a header with an umlaut in upper case': () => ({ header: { name: 'Region', value: 'SÜD' } }),
  'a header and a subject': () => ({ header: { name: 'region', value: 'süd' }, subject: 'straße' }),
  'an error': () => ({ errorCode: 'FILE_FULL' }),
  'an error with a status': () => ({ errorCode: 'FILE_FULL', statuses: ['RETRY'] }),
  'mails that were marked unread again': () => ({ unreadAgain: true }),
  'a span of time': () => ({ from: ago(12.5), to: ago(9.25) }),
  'a subject within a span of time': () => ({ subject: 'pump', from: ago(30), to: ago(2) }),
  'a word': () => ({ search: 'invoice' }),
  'a word with all else': () => ({
    search: 'rechnung',
    flowIds: flowIds.slice(0, 3),
    statuses: ['FAILED', 'RETRY'],
    errorCode: 'HTTP_ANSWER',
    sender: 'person',
    subject: 'rech',
    from: ago(35),
    to: ago(1),
  }),
};

describe('a filter by', () => {
  test.each(Object.keys(filters))('%s finds what it means, in order', async (name) => {
    const filter = filters[name]?.() ?? {};
    const expected = all.filter((row) => letsThrough(filter, row)).map(({ id }) => id);
    if (!name.includes('which is none')) expect(expected.length).toBeGreaterThan(0);
    expect(expected.length).toBeLessThan(rows);
    expect((await listed(filter)).map(({ id }) => id)).toEqual(expected);
  });

  test.each(Object.keys(filters))('%s tells which of some messages it lets through', async (name) => {
    const filter = filters[name]?.() ?? {};
    const some = Array.from({ length: 180 }, () => any(all)).concat(all.filter((row) => letsThrough(filter, row)).slice(0, 20));
    const expected = all.filter((row) => some.includes(row) && letsThrough(filter, row)).map(({ id }) => id);
    const among = await messages.among(
      some.map(({ id }) => id),
      filter,
    );
    expect(among.map(({ id }) => id)).toEqual(expected);
  });
});

test('a header is looked for in its index', async () => {
  const values: unknown[] = [];
  const { logged } = filterConditions({ header: { name: 'order-no', value: 'A=7' } }, true, (value) => `$${values.push(value)}`);
  const plan = await transaction(db.database.pool, async (tx) => {
    // The log of this test is small enough to be read as a whole.
    await tx.query('set local enable_seqscan = off');
    return tx.query(`explain select m.id from message_log m where ${logged.join(' and ')}`, values);
  });
  expect(JSON.stringify(plan)).toMatch(/Bitmap Index Scan on message_log_\d+_message_text_idx/);
});
