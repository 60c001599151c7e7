import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { ChangeEvent } from '../ports/engine.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/eventually.ts';
import { silentLog } from '../testing/silent-log.ts';
import { openEvents } from './events.ts';

let fixture: TestDatabase;
let opened: { close(): Promise<void> }[];

beforeEach(async () => {
  fixture = await testDatabase();
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((events) => events.close()));
  await fixture.close();
});

/** As one process has it, with all it has heard. */
async function openProcess() {
  const events = await openEvents({ database: fixture.database, log: silentLog });
  opened.push(events);
  const heard: ChangeEvent[] = [];
  const gaps: Date[] = [];
  const unsubscribe = events.subscribe(
    (event) => heard.push(event),
    () => gaps.push(new Date()),
  );
  return { ...events, heard, gaps, unsubscribe };
}

const breakListeners = () =>
  fixture.database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mailroom events' and datname = current_database()`,
  );

test('a change is heard by every process, the publishing one included, and a repeated one once', async () => {
  const [here, there] = [await openProcess(), await openProcess()];
  const event: ChangeEvent = { kind: 'message', id: randomUUID() };
  for (let times = 0; times < 50; times += 1) here.publish(event);
  await eventually(() => here.heard.length > 0 && there.heard.length > 0);
  here.publish({ kind: 'flow', id: event.id });
  await eventually(() => here.heard.length > 1 && there.heard.length > 1);
  expect(here.heard).toEqual([event, { kind: 'flow', id: event.id }]);
  expect(there.heard).toEqual(here.heard);
});

test('a thousand changes at once all arrive', async () => {
  const [here, there] = [await openProcess(), await openProcess()];
  const ids = Array.from({ length: 1_000 }, () => randomUUID());
  for (const id of ids) here.publish({ kind: 'message', id });
  await eventually(() => there.heard.length >= 1_000);
  expect(there.heard.map((event) => event.id)).toEqual(ids);
});

test('after a broken connection it listens again and says that something may have been missed', async () => {
  const here = await openProcess();
  await breakListeners();
  await eventually(() => here.gaps.length === 1);
  here.publish({ kind: 'poll', id: 'after' });
  await eventually(() => here.heard.length > 0);
  expect(here.heard).toEqual([{ kind: 'poll', id: 'after' }]);
});

test('it is known when nothing has been heard for a while, and when that is over', async () => {
  const here = await openProcess();
  const url = new URL(fixture.database.url);
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  const outside = new Client({ connectionString: url.href });
  await outside.connect();
  onTestFinished(() => outside.end());
  const allow = (isAllowed: boolean) =>
    outside.query(`alter database ${outside.escapeIdentifier(name)} with allow_connections ${isAllowed}`);
  expect(here.isListening()).toBe(true);
  await allow(false);
  await outside.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mailroom events' and datname = $1`,
    [name],
  );
  await eventually(() => !here.isListening(), { what: 'a process that says it hears nothing', deadlineMs: 20_000 });
  await allow(true);
  await eventually(() => here.isListening(), { what: 'a process that hears again', deadlineMs: 20_000 });
  expect(here.gaps).toHaveLength(1);
});

test('who has unsubscribed hears nothing more, and a failing listener does not silence the others', async () => {
  const here = await openProcess();
  const others: string[] = [];
  here.subscribe(() => {
    throw new Error('listener failed');
  });
  here.subscribe((event) => others.push(event.id));
  here.unsubscribe();
  here.publish({ kind: 'flow', id: 'a' });
  await eventually(() => others.length > 0);
  expect(here.heard).toEqual([]);
});

test('closing sends what was gathered and ends the connection', async () => {
  const [here, there] = [await openProcess(), await openProcess()];
  here.publish({ kind: 'flow', id: 'last' });
  await here.close();
  await eventually(() => there.heard.length > 0);
  await there.close();
  const { rows } = await fixture.database.pool.query(
    `select 1 from pg_stat_activity where application_name = 'mailroom events' and datname = current_database()`,
  );
  expect(rows).toEqual([]);
});
