import { chromium, type Browser, type CDPSession, type Page } from '@playwright/test';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../../server/testing/mailroom-process.ts';
import { buildClient } from '../build-client.ts';
import { frameTimes, percentile, startFrames, startRenders, stopRenders, takeReactHook } from './canvas-frames.ts';
import { drawnFlow } from './canvas-flow.ts';
import type { Bench } from './bench.ts';
import { loadOf } from './first-load.ts';

const sizes = (process.env['BENCH_NODES'] ?? '100,300,1000').split(',').map(Number);
/** The order of sizes is turned round between them, so that a busy moment of the machine does not fall on one size only. */
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
const stepsPerGesture = 120;
const deadlineMs = 60_000;
const administrator = { email: 'bench@example.com', password: 'seven kettles under the stairs' };
const browserPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

type Round = Awaited<ReturnType<typeof measureOnce>>;

export const canvas: Bench = {
  about: `flows of ${sizes.join(', ')} nodes, all in view: time to ready, frames while panning and dragging, and what a first visit loads`,
  async run(report, progress) {
    await buildClient(progress);
    const data = await makeDataDirectory();
    const env = { MAILROOM_ADMIN_EMAIL: administrator.email, MAILROOM_ADMIN_PASSWORD: administrator.password };
    try {
      await using mailroom = await startMailroomProcess({ dataDirectory: data.path, env });
      const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', '--disable-gpu'] });
      try {
        const flowIds = new Map<number, string>();
        for (const nodes of sizes) {
          const body = { name: `${nodes} nodes`, draft: drawnFlow(nodes) };
          flowIds.set(nodes, (await mailroom.call('createFlow', { body })).id);
        }
        const found = new Map<number, Round[]>(sizes.map((nodes) => [nodes, []]));
        for (let round = 0; round < rounds; round += 1) {
          for (const nodes of round % 2 === 0 ? sizes : sizes.toReversed()) {
            progress(`round ${round + 1} of ${rounds}: ${nodes} nodes`);
            found.get(nodes)?.push(await measureOnce(browser, mailroom, flowIds.get(nodes) ?? '', nodes));
          }
        }
        const base = summary(found.get(sizes[0] ?? 0) ?? []);
        for (const [nodes, measured] of found) {
          const line = summary(measured);
          const ratio = (one: number, other: number) => Number((one / other).toFixed(2));
          report({
            nodes,
            ...line,
            pan_p95_ratio: ratio(line.pan_p95_ms, base.pan_p95_ms),
            drag_p95_ratio: ratio(line.drag_p95_ms, base.drag_p95_ms),
          });
        }
        for (const [name, address] of [
          ['first-load', '/'],
          ['editor-load', `/flows/${flowIds.get(sizes[0] ?? 0)}`],
        ] as const) {
          progress(name);
          report({ case: name, ...(await firstLoad(browser, mailroom, address)) });
        }
      } finally {
        await browser.close();
      }
    } finally {
      await data.remove();
    }
  },
};

/** The middle one of what the rounds measured, key by key. */
function summary(measured: Round[]): Round {
  const keys = Object.keys(measured[0] ?? {}) as (keyof Round)[];
  return Object.fromEntries(
    keys.map((key) => [
      key,
      percentile(
        measured.map((one) => one[key]),
        50,
      ),
    ]),
  ) as Round;
}

async function measureOnce(browser: Browser, mailroom: MailroomProcess, flowId: string, nodes: number) {
  const page = await signedIn(browser, mailroom);
  try {
    const started = performance.now();
    await page.goto(`${mailroom.url}/flows/${flowId}`);
    await page.locator('.react-flow__node').first().waitFor();
    // Ready is when the next frame is painted and the page answers.
    await page.evaluate(async () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
    const readyMs = performance.now() - started;
    await page.getByRole('button', { name: /^Fit to view/ }).click();
    await settled(page);
    const inView = await nodesInView(page);

    const pane = await emptySpot(page);
    const devTools = await page.context().newCDPSession(page);
    const pan = await framesOf(
      page,
      devTools,
      async (step) => {
        const direction = Math.floor(step / 15) % 2 === 0 ? 1 : -1;
        await page.mouse.wheel(4 * direction, 3 * direction);
      },
      pane,
    );

    await settled(page);
    const grip = await centerOfMiddleNode(page);
    const circle = async (step: number) => page.mouse.move(grip.x + 60 * Math.sin(step / 10), grip.y + 40 * (1 - Math.cos(step / 10)));
    await page.mouse.move(grip.x, grip.y);
    await page.mouse.down();
    await circle(1);
    await circle(2);
    const drag = await framesOf(page, devTools, circle);
    // Counting takes time itself, so it has steps of its own.
    await page.evaluate(startRenders);
    const counted = 20;
    for (let step = 0; step < counted; step += 1) await circle(stepsPerGesture + step);
    const renders = await page.evaluate(stopRenders);
    await page.mouse.up();

    return {
      in_view: inView,
      ready_ms: Math.round(readyMs),
      pan_p50_ms: percentile(pan.frames, 50),
      pan_p95_ms: percentile(pan.frames, 95),
      pan_work_ms: pan.workMs,
      drag_p50_ms: percentile(drag.frames, 50),
      drag_p95_ms: percentile(drag.frames, 95),
      drag_work_ms: drag.workMs,
      renders_per_drag_step: Number((renders.nodes / counted).toFixed(2)),
      edge_renders_per_drag_step: Number((renders.edges / counted).toFixed(2)),
    };
  } catch (cause) {
    throw new Error(`${nodes} nodes could not be measured`, { cause });
  } finally {
    await page.context().close();
  }
}

/** A gesture of real input events, one at a time: each frame's time in ms, and the work of the main thread per frame. */
async function framesOf(page: Page, devTools: CDPSession, step: (index: number) => Promise<void>, at?: { x: number; y: number }) {
  if (at) await page.mouse.move(at.x, at.y);
  await devTools.send('Performance.enable');
  const before = await workSeconds(devTools);
  await page.evaluate(startFrames);
  for (let index = 0; index < stepsPerGesture; index += 1) await step(index);
  const frames = await page.evaluate(frameTimes);
  const workMs = Number(((((await workSeconds(devTools)) - before) * 1_000) / frames.length).toFixed(1));
  return { frames, workMs };
}

async function workSeconds(devTools: CDPSession): Promise<number> {
  const { metrics } = await devTools.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
}

async function firstLoad(browser: Browser, mailroom: MailroomProcess, address: string) {
  const page = await signedIn(browser, mailroom);
  try {
    return await loadOf(page, `${mailroom.url}${address}`, async (visit) => {
      if (address !== '/') await visit.locator('.react-flow__node').first().waitFor();
    });
  } finally {
    await page.context().close();
  }
}

async function signedIn(browser: Browser, mailroom: MailroomProcess): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(deadlineMs);
  await context.addInitScript(takeReactHook);
  const page = await context.newPage();
  await page.goto(mailroom.url);
  await page.getByLabel('E-mail').fill(administrator.email);
  await page.getByLabel('Password').fill(administrator.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  return page;
}

/** Waits until the view has not moved for 15 frames. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const view = () => document.querySelector<HTMLElement>('.react-flow__viewport')?.style.transform;
    const frame = async () => new Promise(requestAnimationFrame);
    for (let [calm, seen] = [0, view()]; calm < 15; calm += 1) {
      await frame();
      if (view() === seen) continue;
      [calm, seen] = [0, view()];
    }
  });
}

async function nodesInView(page: Page): Promise<number> {
  return page.evaluate(() => {
    const area = document.querySelector('.react-flow')?.getBoundingClientRect();
    const isSeen = (box: DOMRect) =>
      area && box.left >= area.left && box.right <= area.right && box.top >= area.top && box.bottom <= area.bottom;
    return [...document.querySelectorAll('.react-flow__node')].filter((node) => isSeen(node.getBoundingClientRect())).length;
  });
}

/** The lower right of the canvas, where no node lies when all are in view. */
async function emptySpot(page: Page): Promise<{ x: number; y: number }> {
  const area = await page.locator('.react-flow').boundingBox();
  if (!area) throw new Error('the canvas is not shown');
  return { x: area.x + area.width / 2, y: area.y + area.height - 24 };
}

async function centerOfMiddleNode(page: Page): Promise<{ x: number; y: number }> {
  return page.evaluate(() => {
    const area = document.querySelector('.react-flow')?.getBoundingClientRect() ?? new DOMRect();
    const middle = { x: area.left + area.width / 2, y: area.top + area.height / 2 };
    const centers = [...document.querySelectorAll('.react-flow__node')].map((node) => {
      const box = node.getBoundingClientRect();
      return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
    });
    const distance = ({ x, y }: { x: number; y: number }) => Math.hypot(x - middle.x, y - middle.y);
    return centers.reduce((best, center) => (distance(center) < distance(best) ? center : best));
  });
}
