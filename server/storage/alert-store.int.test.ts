import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { AlertTargetInput } from '../../shared/alert-schemas.ts';
import type { ClearingRules, Finding } from '../ports/alerts.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { openAlertStore } from './alert-store.ts';
import { openAlertDeliveries, openAlertTargets } from './alert-target-store.ts';

let opened: TestDatabase;
let alerts: ReturnType<typeof openAlertStore>;
let targets: ReturnType<typeof openAlertTargets>;
let deliveries: ReturnType<typeof openAlertDeliveries>;

beforeAll(async () => {
  opened = await testDatabase();
  const { pool } = opened.database;
  alerts = openAlertStore(pool);
  targets = openAlertTargets(pool);
  deliveries = openAlertDeliveries(pool);
});
afterAll(() => opened.close());
beforeEach(async () => {
  await opened.database.pool.query('truncate alert, alert_target, alert_delivery, alert_told, watch');
});

const rules: ClearingRules = { clearAfterMs: 200, flapWithinMs: 60_000, clearAfterAtMostMs: 600 };
const flowId = randomUUID();

function failing(subject: string, change: Partial<Finding> = {}): Finding {
  return {
    kind: 'CHANNEL_FAILING',
    subject,
    message: `${subject} fails`,
    error: null,
    flowId,
    nodeId: 'mail',
    name: null,
    count: 3,
    ...change,
  };
}

/** One round with these findings, whoever's turn it is. */
async function round(findings: Finding[]) {
  return alerts.apply((await alerts.takeTurn(0)) ?? 0, findings, rules);
}

const target = (change: Partial<AlertTargetInput> = {}) =>
  targets.create(
    {
      name: 'Ops',
      isEnabled: true,
      settings: { type: 'webhook', url: 'http://localhost/', authentication: 'none', credential: '', signingCredential: '', headers: [] },
      kinds: [],
      leastSeverity: 'warning',
      flowIds: [],
      remindHours: null,
      ...change,
    },
    'ada',
  );

/** Takes and settles all that is due, as a sender does; "opened c1". */
async function sent(): Promise<string[]> {
  const all: string[] = [];
  for (;;) {
    const due = await deliveries.claimDue(10, 1_000);
    if (due.length === 0) return all;
    for (const delivery of due) {
      all.push(...delivery.notices.map(({ event, alert }) => `${event} ${alert.message.split(' ')[0]}`));
      await deliveries.sent(delivery);
    }
  }
}

const openCount = async () => (await alerts.state()).open;

test('of many processes at once, one gets the turn', async () => {
  const turns = await Promise.all(Array.from({ length: 8 }, () => alerts.takeTurn(10_000)));
  expect(turns.filter((turn) => turn !== undefined)).toEqual([1]);
});

test('what an overtaken round has found is not written', async () => {
  const early = (await alerts.takeTurn(0)) ?? 0;
  await round([]);
  expect(await alerts.apply(early, [failing('c1')], rules)).toBeUndefined();
  expect(await openCount()).toBe(0);
});

test('a target is told once that an alert opened, however often it is seen, and once that it cleared', async () => {
  await target();
  expect(await round([failing('c1'), failing('c2')])).toMatchObject({ opened: 2, cleared: 0, toTell: 2 });
  expect(await round([failing('c1', { count: 4, message: 'c1 still fails' }), failing('c2')])).toMatchObject({ opened: 0, toTell: 0 });
  expect((await alerts.list('open', { limit: 10 })).items.map(({ message, count }) => [message, count])).toContainEqual([
    'c1 still fails',
    4,
  ]);
  expect(await sent()).toEqual(['opened c1', 'opened c2']);
  await sleep(250);
  expect(await round([failing('c2')])).toMatchObject({ cleared: 1, toTell: 1 });
  expect(await round([failing('c2')])).toMatchObject({ cleared: 0, toTell: 0 });
  expect(await sent()).toEqual(['cleared c1']);
});

test('an alert that is away for a moment only stays open', async () => {
  await round([failing('c1')]);
  expect(await round([])).toMatchObject({ cleared: 0 });
  expect(await round([failing('c1')])).toMatchObject({ opened: 0 });
});

test('one that comes back has to stay away twice as long each time, up to a limit', async () => {
  const clearsAfter = async (): Promise<number> => {
    await round([failing('c1')]);
    const since = Date.now();
    while ((await openCount()) > 0) {
      await sleep(10);
      await round([]);
    }
    return Date.now() - since;
  };
  expect(await clearsAfter()).toBeGreaterThanOrEqual(190);
  expect(await clearsAfter()).toBeGreaterThanOrEqual(390);
  expect(await clearsAfter()).toBeGreaterThanOrEqual(590);
  const lasted = await clearsAfter();
  expect(lasted).toBeGreaterThanOrEqual(590);
  expect((await alerts.list('cleared', { limit: 10 })).items.map(({ returns }) => returns)).toEqual([3, 2, 1, 0]);
});

test('a target is told only of the kinds, severities and flows it is for', async () => {
  const otherFlow = randomUUID();
  await Promise.all([
    target({ name: 'all' }),
    target({ name: 'errors', leastSeverity: 'error' }),
    target({ name: 'no worker', kinds: ['NO_WORKER'] }),
    target({ name: 'other flow', flowIds: [otherFlow] }),
    target({ name: 'off', isEnabled: false }),
  ]);
  const pausedElsewhere: Finding = { ...failing('c2'), kind: 'CHANNEL_PAUSED', flowId: otherFlow };
  const noWorker: Finding = { ...failing('workers'), kind: 'NO_WORKER', flowId: null };
  await round([failing('c1'), pausedElsewhere, noWorker]);
  const due = await deliveries.claimDue(10, 1_000);
  const told = due.map(({ target: name, notices }) => [name, notices.map(({ alert }) => alert.kind).sort()] as const);
  expect(Object.fromEntries(told)).toEqual({
    all: ['CHANNEL_FAILING', 'CHANNEL_PAUSED', 'NO_WORKER'],
    errors: ['CHANNEL_FAILING', 'NO_WORKER'],
    'no worker': ['NO_WORKER'],
    'other flow': ['CHANNEL_PAUSED'],
  });
});

test('a target that was added later hears of what is open, and of a thousand alerts at once in few deliveries', async () => {
  const many = Array.from({ length: 1_000 }, (_, i) => failing(`c${i}`));
  await round(many);
  await target();
  await round(many);
  const first = await deliveries.claimDue(10, 1_000);
  expect(first.map(({ notices }) => notices.length)).toEqual([100]);
  const { rows } = await opened.database.pool.query('select count(*)::int as count from alert_delivery');
  expect(rows).toEqual([{ count: 10 }]);
});

test('who has not acknowledged is reminded, and nobody else', async () => {
  await target({ remindHours: 1 });
  await round([failing('c1'), failing('c2')]);
  await sent();
  const later = () => opened.database.pool.query(`update alert_told set told_at = told_at - interval '61 minutes'`);
  await later();
  const c2 = (await alerts.list('open', { limit: 10 })).items.find(({ message }) => message.startsWith('c2'));
  await alerts.acknowledge(c2?.id ?? '', 'ada');
  await round([failing('c1'), failing('c2')]);
  await round([failing('c1'), failing('c2')]);
  expect(await sent()).toEqual(['reminder c1']);
});

test('a delivery whose sender died is handed out again, and what comes after it waits', async () => {
  await target();
  await round([failing('c1')]);
  await round([failing('c1'), failing('c2')]);
  const [first, ...none] = await deliveries.claimDue(10, 300);
  expect(none).toEqual([]);
  expect(await deliveries.claimDue(10, 300)).toEqual([]);
  await sleep(350);
  const [again] = await deliveries.claimDue(10, 300);
  expect([again?.id, again?.notices]).toEqual([first?.id, first?.notices]);
  expect(await sent()).toEqual([]);
  if (again) await deliveries.sent(again);
  expect(await sent()).toEqual(['opened c2']);
});

test('a failed delivery waits, is tried at once when its target is changed, and is given up when it is too old', async () => {
  const { id, ...input } = await target();
  await round([failing('c1')]);
  const error = { code: 'WEBHOOK_UNREACHABLE', message: 'No.', remedy: 'Look.', retryable: true };
  const claim = async () => (await deliveries.claimDue(1, 1_000))[0];
  const first = await claim();
  if (first) await deliveries.failed(first, error, 60_000, 60_000);
  expect(await claim()).toBeUndefined();
  expect((await targets.list())[0]).toMatchObject({ waiting: 1, error: { code: 'WEBHOOK_UNREACHABLE' }, givenUp: 0 });
  await targets.save(id, input, 'ada');
  const second = await claim();
  // The first sender comes too late to say anything.
  if (first) await deliveries.failed(first, error, 0, 0);
  expect((await targets.list())[0]).toMatchObject({ waiting: 1, givenUp: 0 });
  if (second) await deliveries.failed(second, error, 60_000, 0);
  expect((await targets.list())[0]).toMatchObject({ waiting: 0, givenUp: 1 });
});

test('two targets of one name are refused', async () => {
  await target();
  await expect(target()).rejects.toMatchObject({ code: 'ALERT_TARGET_EXISTS' });
});

test('a round that can not be written whole opens nothing and tells nobody; the next one does', async () => {
  await target();
  const { pool } = opened.database;
  await pool.query(`create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
    create trigger refusing before update of checked_at on watch for each row execute function refuse()`);
  await expect(round([failing('c1')])).rejects.toThrow('no');
  expect([await openCount(), await sent()]).toEqual([0, []]);
  await pool.query('drop function refuse cascade');
  await round([failing('c1')]);
  expect([await openCount(), await sent()]).toEqual([1, ['opened c1']]);
});
