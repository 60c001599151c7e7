import type { Page } from '@playwright/test';
import { drawnFlow } from '../scripts/bench/canvas-flow.ts';
import { canvas, centerOf, drag, dragToCanvas, properties } from './editor.ts';
import { expect, test } from './fixtures.ts';

/** More than a canvas shows in full. */
const many = 300;

const viewOf = async (page: Page) => page.locator('.react-flow__viewport').evaluate((element: HTMLElement) => element.style.transform);
/** By its id: a search by role among hundreds takes seconds. */
const node = (page: Page, name: string) => canvas(page).locator(`.react-flow__node[data-id="${idOf(name)}"]`);
const idOf = (name: string) => (name === 'Orders' ? 'sender' : `n${Number(name.replace('Step ', '')) - 1}`);

test('a flow of 300 nodes is seen as a whole, and a node of it dragged, put back, opened and connected there', async ({
  signedIn: page,
  mailroom,
}) => {
  const draft = drawnFlow(many);
  const { id } = await mailroom.call('createFlow', { body: { name: 'Three hundred', draft } });
  const saved = async () => (await mailroom.call('getFlow', { params: { id } })).draft;
  const placeOf = async (nodeId: string) => (await saved()).nodes.find((one) => one.id === nodeId)?.position;
  await page.goto(`${mailroom.url}/flows/${id}`);

  // All of it is in view, each connection in the layer of those at rest.
  await page.getByRole('button', { name: /^Fit to view/ }).click();
  await expect(canvas(page).locator('.react-flow__node')).toHaveCount(many);
  await expect(canvas(page).locator('.edge-layer')).toHaveAttribute('data-count', String(draft.edges.length));
  const area = await canvas(page).boundingBox();
  for (const name of ['Orders', 'Step 1', 'Step 10', 'Step 291']) {
    const box = await node(page, name).boundingBox();
    expect(box && area && box.x >= area.x && box.x + box.width <= area.x + area.width && box.y + box.height <= area.y + area.height).toBe(
      true,
    );
  }

  // A node is dragged: its connections come along, no other node moves, nothing is lost.
  const view = await viewOf(page);
  const start = draft.nodes.find(({ config }) => config['name'] === 'Step 155');
  if (!start) throw new Error('no Step 155');
  const from = await centerOf(node(page, 'Step 155'));
  // Between two rows: on a connection it would become part of that.
  const below = await centerOf(node(page, 'Step 165'));
  await drag(page, from, { x: from.x + 30, y: from.y + 3.5 * (below.y - from.y) });
  await expect.poll(() => placeOf(start.id)).not.toEqual(start.position);
  const moved = await saved();
  expect(moved.edges).toEqual(draft.edges);
  expect(
    moved.nodes.filter(
      ({ id: nodeId, position }, index) =>
        nodeId !== start.id && position !== undefined && JSON.stringify(position) !== JSON.stringify(draft.nodes[index]?.position),
    ),
  ).toEqual([]);
  await page.mouse.move(from.x, (area?.y ?? 0) + 10);
  await expect(canvas(page).locator('.edge-layer')).toHaveAttribute('data-count', String(draft.edges.length));

  // Undo is one step, and leaves the view alone.
  await page.getByRole('button', { name: 'Undo (Ctrl+Z)', exact: true }).click();
  await expect.poll(() => placeOf(start.id)).toEqual(start.position);
  await expect(page.getByRole('button', { name: 'Undo (Ctrl+Z)', exact: true })).toBeDisabled();
  expect(await viewOf(page)).toBe(view);

  // The pointer takes hold of a connection, which can be deleted.
  const [left, right] = [await centerOf(node(page, 'Step 152')), await centerOf(node(page, 'Step 153'))];
  await page.mouse.move((left.x + right.x) / 2, left.y - 1);
  await page.mouse.move((left.x + right.x) / 2, left.y);
  await expect(page.getByRole('group', { name: 'Connection from Step 152 to Step 153' })).toBeAttached();
  await page.mouse.click((left.x + right.x) / 2, left.y);
  await page.keyboard.press('Delete');
  await expect.poll(async () => (await saved()).edges.length).toBe(draft.edges.length - 1);
  await page.keyboard.press('Control+z');
  await expect.poll(async () => (await saved()).edges.length).toBe(draft.edges.length);

  // A press on a node opens its properties; near by, it has its ports again and its connections are drawn one by one.
  await node(page, 'Step 155').click();
  await expect(properties(page).getByRole('heading', { name: 'Step 155' })).toBeVisible();
  await properties(page).getByRole('button', { name: 'Close' }).click();
  for (let press = 0; press < 6; press += 1) await page.getByRole('button', { name: 'Zoom in', exact: true }).click();
  await expect(canvas(page).locator('.edge-layer')).toHaveCount(0);
  await expect(
    canvas(page)
      .getByRole('button', { name: /^Output of Step/ })
      .first(),
  ).toBeAttached();
  await expect(
    canvas(page)
      .getByRole('group', { name: /^Connection from Step/ })
      .first(),
  ).toBeAttached();

  // A step put where its properties cover it is brought into view; taking it back leaves the view where it is.
  const before = await viewOf(page);
  await dragToCanvas(page, 'Filter', { x: 1_000, y: 400 });
  await expect(properties(page)).toBeVisible();
  await expect(canvas(page).locator('.react-flow__node.selected')).toBeInViewport({ ratio: 0.9 });
  const here = await viewOf(page);
  expect(here).not.toBe(before);
  await page.getByRole('button', { name: 'Undo (Ctrl+Z)', exact: true }).click();
  await expect(properties(page)).toBeHidden();
  await expect.poll(async () => (await saved()).nodes.length).toBe(many);
  expect(await viewOf(page)).toBe(here);
});
