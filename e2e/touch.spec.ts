import type { Page } from '@playwright/test';
import { canvas, centerOf, createFlow, nodeNamed, properties } from './editor.ts';
import { expect, test } from './fixtures.ts';

test.use({ hasTouch: true });

interface Point {
  x: number;
  y: number;
}

/** A finger on the screen, as the browser gets it from a real one. */
async function finger(page: Page) {
  const session = await page.context().newCDPSession(page);
  const send = async (type: 'touchStart' | 'touchMove' | 'touchEnd', points: Point[]) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints: points });
  return {
    drag: async (from: Point, ...way: Point[]) => {
      await send('touchStart', [from]);
      let here = from;
      for (const to of way) {
        for (let step = 1; step <= 6; step += 1) {
          await send('touchMove', [{ x: here.x + ((to.x - here.x) * step) / 6, y: here.y + ((to.y - here.y) * step) / 6 }]);
        }
        here = to;
      }
      // Part of the gesture: a finger that lifts while it moves throws, and the browser takes the next tap for the end of that.
      await page.waitForTimeout(200);
      await send('touchEnd', []);
    },
    /** Rests until something shows for it. */
    press: async (at: Point, isDone: () => Promise<void>) => {
      await send('touchStart', [at]);
      await isDone();
      await send('touchEnd', []);
    },
  };
}

const edge = (page: Page, from: string, to: string) => page.getByRole('group', { name: `Connection from ${from} to ${to}`, exact: true });
const toolOf = (page: Page, toolbar: string, name: RegExp) => page.getByRole('toolbar', { name: toolbar }).getByRole('button', { name });

test('a flow is drawn and changed with fingers alone', async ({ signedIn: page }) => {
  // The view then moves at once, not while the next press is aimed.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await createFlow(page, 'By finger');
  const { drag, press } = await finger(page);
  const palette = page.getByRole('navigation', { name: 'Palette' });
  const area = await canvas(page).boundingBox();
  const onCanvas = (x: number, y: number) => ({ x: (area?.x ?? 0) + x, y: (area?.y ?? 0) + y });
  const fromPalette = async (item: string, to: Point) => {
    const from = await centerOf(palette.getByRole('button', { name: item, exact: true }));
    await drag(from, { x: from.x + 60, y: from.y }, to);
    await properties(page).getByRole('button', { name: 'Close properties' }).tap();
  };

  // Up and down over the palette scrolls it.
  await page.setViewportSize({ width: 1280, height: 360 });
  const item = await centerOf(palette.getByRole('button', { name: 'Content Modifier', exact: true }));
  await drag(item, { x: item.x, y: item.y - 80 });
  await expect.poll(async () => palette.evaluate((element) => element.scrollTop)).toBeGreaterThan(40);
  await expect(canvas(page).locator('.react-flow__node')).toHaveCount(0);
  await page.setViewportSize({ width: 1280, height: 800 });

  await fromPalette('Mail', onCanvas(140, 220));
  await fromPalette('HTTP', onCanvas(740, 220));
  const input = await centerOf(page.getByRole('button', { name: 'Input of HTTP', exact: true }));
  await drag(await centerOf(page.getByRole('button', { name: 'Output of Mail', exact: true })), onCanvas(400, 220), input);
  await expect(edge(page, 'Mail', 'HTTP')).toBeAttached();

  const plus = await centerOf(page.getByRole('button', { name: 'Insert a step between Mail and HTTP' }));
  await fromPalette('Filter', { x: plus.x - 40, y: plus.y });
  await expect(edge(page, 'Filter', 'HTTP')).toBeAttached();

  // A long press opens the menu and presses nothing when the finger goes.
  const menuItem = page.getByRole('menuitem', { name: /^Duplicate/ });
  await press(await centerOf(nodeNamed(page, 'Filter')), async () => expect(menuItem).toBeVisible());
  await menuItem.tap();
  await expect(nodeNamed(page, 'Filter 2')).toBeVisible();
  await expect(properties(page)).toHaveCount(0);

  // Several are selected and deleted together.
  await canvas(page)
    .locator('.react-flow__pane')
    .tap({ position: { x: 200, y: 480 } });
  await toolOf(page, 'Canvas tools', /^Select several/).tap();
  await nodeNamed(page, 'Filter').first().tap();
  await nodeNamed(page, 'Filter 2').tap();
  await expect(page.getByRole('toolbar', { name: 'Selection' })).toContainText('2 nodes');
  await toolOf(page, 'Selection', /^Delete/).tap();
  await expect(edge(page, 'Mail', 'HTTP')).toBeAttached();
  await toolOf(page, 'Canvas tools', /^Undo/).tap();
  await expect(edge(page, 'Filter', 'HTTP')).toBeAttached();
  await expect(nodeNamed(page, 'Filter 2')).toBeVisible();
  await toolOf(page, 'Canvas tools', /^Redo/).tap();
  await expect(edge(page, 'Mail', 'HTTP')).toBeAttached();
});
