import { randomInt, randomUUID } from 'node:crypto';
import { chromium, type Browser, type Page } from '@playwright/test';
import { openDatabase, type Database } from '../../server/storage/database.ts';
import { openDeploymentStore } from '../../server/storage/deployment-store.ts';
import { startEmbeddedPostgres } from '../../server/storage/embedded/embedded-postgres.ts';
import { openFlowStore } from '../../server/storage/flow-store.ts';
import { messageIdAt } from '../../server/storage/message-ids.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../../server/testing/mailroom-process.ts';
import { silentLog } from '../../server/testing/silent-log.ts';
import { buildClient } from '../build-client.ts';
import type { Bench } from './bench.ts';
import { frameTimes, percentile, startFrames } from './canvas-frames.ts';
import { loadOf } from './first-load.ts';
import { words } from './log-messages.ts';
import { fillLog } from './log.ts';

const rows = Number(process.env['BENCH_ROWS'] ?? 1_000_000);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 20);
const livePerSecond = 100;
const liveMs = 20_000;
const liveBatchMs = 100;
const dayMs = 24 * 60 * 60 * 1_000;
const spansDays = [1, 7, 30];
/** A frame that takes longer is one that people see. */
const droppedMs = 50;
const deadlineMs = 60_000;
const administrator = { email: 'bench@example.com', password: 'seven kettles under the stairs' };
const browserPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

export const monitor: Bench = {
  about: `the list of messages with ${rows.toLocaleString('en')} of them: first rows, filters, the overview, scrolling, ${livePerSecond} new ones a second, first load`,
  async run(report, progress) {
    await buildClient(progress);
    const data = await makeDataDirectory();
    const postgres = await startEmbeddedPostgres({ dataDirectory: data.path, log: silentLog });
    const database = await openDatabase({ url: postgres.url, log: silentLog });
    try {
      const flowIds = await fillLog(database, progress);
      const env = { MAILROOM_ADMIN_EMAIL: administrator.email, MAILROOM_ADMIN_PASSWORD: administrator.password };
      const cluster = await makeDataDirectory();
      try {
        await using mailroom = await startMailroomProcess({ dataDirectory: cluster.path, databaseUrl: postgres.url, env });
        const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', '--disable-gpu'] });
        try {
          const page = await signedIn(browser, mailroom);
          progress('first-rows');
          report({ case: 'first-rows', rows, ...summary(await firstRows(page, mailroom)) });
          progress('filter');
          report({ case: 'filter', rows, ...(await filters(page, mailroom)) });
          progress('overview');
          report({ case: 'overview', rows, ...summary(await overview(mailroom, database, flowIds)) });
          progress('scroll');
          report({ case: 'scroll', rows, ...frames(await scroll(page, mailroom)) });
          progress('live');
          report({ case: 'live', rows, ...(await live(page, mailroom, database, flowIds)) });
          progress('first-load');
          const load = await loadOf(page, `${mailroom.url}/monitor/messages`, async (visit) => rowOf(visit).waitFor());
          report({ case: 'first-load', rows, ...load });
        } finally {
          await browser.close();
        }
      } finally {
        await cluster.remove();
      }
    } finally {
      await database.close();
      await postgres.stop();
      await data.remove();
    }
  },
};

async function signedIn(browser: Browser, mailroom: MailroomProcess): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(deadlineMs);
  const page = await context.newPage();
  await page.goto(mailroom.url);
  await page.getByLabel('E-mail').fill(administrator.email);
  await page.getByLabel('Password').fill(administrator.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  return page;
}

const list = (page: Page) => page.getByRole('region', { name: 'Message processing log' });
const rowOf = (page: Page) => list(page).locator('tbody tr[aria-rowindex]').first();

/** From opening the address until the first row is painted, the files of the page being in the browser's cache. */
async function firstRows(page: Page, mailroom: MailroomProcess): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    await page.goto(`${mailroom.url}/monitor/messages`);
    await rowOf(page).waitFor();
    await painted(page);
    times.push(performance.now() - started);
  }
  return times;
}

/** What is chosen, and the words that then stand in every row. */
const choices: Record<string, () => { search: string }> = {
  failed: () => ({ search: 'status=FAILED' }),
  word: () => ({ search: `search=${words[randomInt(40)]}` }),
  subject: () => ({ search: `subject=${words[randomInt(40)]}` }),
  sender: () => ({ search: `sender=${words[randomInt(20)]?.slice(1, 5)}` }),
  'failed-week': () => ({ search: 'status=FAILED&last=7d' }),
};

/** From a change of the filter, as back and forward make it, until its rows are painted. */
async function filters(page: Page, mailroom: MailroomProcess) {
  const all: number[] = [];
  const extra: Record<string, number> = {};
  for (const [name, choice] of Object.entries(choices)) {
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await page.goto(`${mailroom.url}/monitor/messages?version=1`);
      await rowOf(page).waitFor();
      times.push(await page.evaluate(changeFilter, choice().search));
    }
    all.push(...times);
    extra[`${name}_p95_ms`] = percentile(times, 95);
  }
  return { ...summary(all), ...extra };
}

/** In the page: time until the rows of other filters are there. */
async function changeFilter(search: string): Promise<number> {
  const log = () => document.querySelector('section[aria-label="Message processing log"]');
  const before = log();
  const started = performance.now();
  // The way the router itself is told of another address.
  history.pushState({}, '', `${location.pathname}?${search}`);
  window.dispatchEvent(new PopStateEvent('popstate'));
  const frame = async () => new Promise(requestAnimationFrame);
  for (;;) {
    await frame();
    const now = log();
    if (now && now !== before && now.querySelector('tbody tr[aria-rowindex]')) break;
    if (performance.now() - started > 60_000) throw new Error(`no rows came for ${search}`);
  }
  await frame();
  return performance.now() - started;
}

/** What the overview asks for, over a day, a week and a month, with every flow deployed: from the request to the whole answer. */
async function overview(mailroom: MailroomProcess, { pool }: Database, flowIds: string[]): Promise<number[]> {
  const deployments = openDeploymentStore(pool);
  const flows = openFlowStore(pool);
  for (const id of flowIds) {
    const flow = await flows.get(id);
    if (flow) await deployments.start(flow, flow.draft, { by: administrator.email, note: '', values: {} });
  }
  const times: number[] = [];
  for (let round = 0; round < rounds * spansDays.length; round += 1) {
    const to = new Date();
    const from = new Date(to.getTime() - (spansDays[round % spansDays.length] ?? 1) * dayMs);
    const started = performance.now();
    const { flows: tiles } = await mailroom.call('getOverview', { query: { from: from.toISOString(), to: to.toISOString() } });
    times.push(performance.now() - started);
    if (tiles.length !== flowIds.length) throw new Error(`${tiles.length} tiles instead of ${flowIds.length}`);
  }
  return times;
}

/** The wheel, through pages that are loaded on the way. */
async function scroll(page: Page, mailroom: MailroomProcess): Promise<number[]> {
  await page.goto(`${mailroom.url}/monitor/messages`);
  await rowOf(page).waitFor();
  await list(page).hover();
  await page.evaluate(startFrames);
  for (let step = 0; step < rounds * 20; step += 1) await page.mouse.wheel(0, 120);
  return page.evaluate(frameTimes);
}

/** New messages come in and are told of, as intake does it, while a person scrolls up and down. */
async function live(page: Page, mailroom: MailroomProcess, database: Database, flowIds: string[]) {
  await page.goto(`${mailroom.url}/monitor/messages`);
  await rowOf(page).waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  await list(page).hover();
  let inserted = 0;
  const started = performance.now();
  const inserting = (async () => {
    while (performance.now() - started < liveMs) {
      const due = Math.floor(((performance.now() - started) / 1_000) * livePerSecond) - inserted;
      if (due > 0) inserted += await insert(database, flowIds, due);
      await new Promise((resolve) => setTimeout(resolve, liveBatchMs));
    }
  })();
  await page.evaluate(startFrames);
  for (let step = 0; performance.now() - started < liveMs; step += 1) await page.mouse.wheel(0, step % 40 < 20 ? 120 : -120);
  const measured = await page.evaluate(frameTimes);
  await inserting;
  const pill = await page.getByRole('button', { name: /new$/ }).textContent();
  return { ...frames(measured), inserted, per_s: Math.round(inserted / (liveMs / 1_000)), waiting: Number(pill?.replaceAll(/\D/g, '')) };
}

async function insert({ pool }: Database, flowIds: string[], count: number): Promise<number> {
  const at = new Date();
  const ids = Array.from({ length: count }, (_, index) => messageIdAt(at, index));
  await pool.query(
    `insert into message_log (id, flow_id, version, channel_id, node_id, status, subject, "from", "to", mail_message_id, size_bytes, raw_hash, received_at)
     select id, $2, 1, $2, 'mail', 'PROCESSING', 'Live order ' || id, 'Live <live@example.com>', 'orders@example.com', '<' || id || '>', 5000, $3, $4
       from unnest($1::uuid[]) id`,
    [ids, flowIds[randomInt(flowIds.length)], randomUUID(), at],
  );
  await pool.query(`select pg_notify('mailroom_events', $1)`, [JSON.stringify(ids.map((id) => ({ kind: 'message', id })))]);
  return count;
}

async function painted(page: Page): Promise<void> {
  await page.evaluate(async () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
}

function summary(times: number[]) {
  return { p50_ms: percentile(times, 50), p95_ms: percentile(times, 95) };
}

function frames(times: number[]) {
  return {
    ...summary(times),
    dropped_frames: times.filter((ms) => ms > droppedMs).length,
    frames: times.length,
    longest_ms: percentile(times, 100),
  };
}
