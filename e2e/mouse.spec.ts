import type { Page } from '@playwright/test';
import { expectAccessible } from './accessible.ts';
import { canvas, centerOf, connect, createFlow, drag, dragFromPalette, dragToCanvas, nodeNamed, properties } from './editor.ts';
import { expect, test } from './fixtures.ts';

const edge = (page: Page, from: string, to: string) => page.getByRole('group', { name: `Connection from ${from} to ${to}`, exact: true });
const closeProperties = (page: Page) => properties(page).getByRole('button', { name: 'Close properties' }).click();
const toolOf = (page: Page, toolbar: string, name: RegExp) => page.getByRole('toolbar', { name: toolbar }).getByRole('button', { name });

async function addAt(page: Page, item: string, x: number, y: number): Promise<void> {
  await dragToCanvas(page, item, { x, y });
  await closeProperties(page);
}

test('a flow with branches is drawn and changed with the mouse alone', async ({ signedIn: page }) => {
  // The view then moves at once, not while the next press is aimed.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await createFlow(page, 'By mouse');
  await addAt(page, 'Mail', 140, 200);
  await addAt(page, 'Router', 440, 200);
  await addAt(page, 'HTTP', 740, 200);
  await connect(page, 'Mail', 'Router');
  await connect(page, 'Router', 'HTTP', 'Otherwise');

  // Into a connection, and from there into another one.
  const plus = page.getByRole('button', { name: 'Insert a step between Router and HTTP' });
  const at = await centerOf(plus);
  await dragFromPalette(page, 'Filter', { x: at.x - 24, y: at.y });
  await closeProperties(page);
  await expect(edge(page, 'Filter', 'HTTP')).toBeAttached();
  const target = await centerOf(page.getByRole('button', { name: 'Insert a step between Mail and Router' }));
  const filter = await centerOf(nodeNamed(page, 'Filter'));
  await page.mouse.move(filter.x, filter.y);
  await page.mouse.down();
  await page.mouse.move(filter.x - 40, filter.y + 60, { steps: 4 });
  await page.mouse.move(target.x - 24, target.y, { steps: 6 });
  await expect(edge(page, 'Mail', 'Router').locator('[data-drop]')).toBeAttached();
  await page.mouse.up();
  await expect(edge(page, 'Mail', 'Filter')).toBeAttached();
  await expect(edge(page, 'Filter', 'Router')).toBeAttached();
  await expect(edge(page, 'Router, Otherwise,', 'HTTP')).toBeAttached();

  // Replaced, its connections kept.
  await nodeNamed(page, 'Filter').click({ button: 'right' });
  await page.getByRole('menuitem', { name: /^Replace with/ }).click();
  await page.getByRole('option', { name: 'Content Modifier' }).click();
  await expect(edge(page, 'Mail', 'Content Modifier')).toBeAttached();
  await expect(edge(page, 'Content Modifier', 'Router')).toBeAttached();

  // A connection leads elsewhere.
  await addAt(page, 'File', 740, 360);
  await nodeNamed(page, 'HTTP').hover();
  const before = await centerOf(plus);
  await page.mouse.click(before.x - 30, before.y, { button: 'right' });
  await page.getByRole('menuitem', { name: /^Connect elsewhere/ }).click();
  await page.getByRole('option', { name: 'Lead to File' }).click();
  await expect(edge(page, 'Router, Otherwise,', 'File')).toBeAttached();

  // Its end is dragged: back over its own target, where it may stay, then to another one.
  await toolOf(page, 'Canvas tools', /^Fit to view/).click();
  const inputOf = (name: string) => page.getByRole('button', { name: `Input of ${name}`, exact: true });
  // Until the view has come to rest.
  let end = await centerOf(inputOf('File'));
  await expect(async () => {
    const now = await centerOf(inputOf('File'));
    const isAtRest = now.x === end.x && now.y === end.y;
    end = now;
    expect(isAtRest).toBe(true);
  }).toPass();
  await page.mouse.move(end.x - 24, end.y);
  await page.mouse.down();
  await page.mouse.move(end.x - 60, end.y - 30, { steps: 4 });
  await page.mouse.move(end.x + 20, end.y, { steps: 6 });
  await expect(inputOf('File')).toHaveAttribute('data-state', 'legal');
  const other = await centerOf(inputOf('HTTP'));
  await page.mouse.move(other.x, other.y, { steps: 6 });
  await page.mouse.up();
  await expect(edge(page, 'Router, Otherwise,', 'HTTP')).toBeAttached();

  // Duplicated, copied, pasted where the menu was opened, deleted.
  await nodeNamed(page, 'HTTP').click();
  await toolOf(page, 'Selection', /^Duplicate/).click();
  await expect(nodeNamed(page, 'HTTP 2')).toBeVisible();
  await toolOf(page, 'Selection', /^Copy/).click();
  await canvas(page)
    .locator('.react-flow__pane')
    .click({ button: 'right', position: { x: 200, y: 480 } });
  await page.getByRole('menuitem', { name: /^Paste/ }).click();
  await expect(nodeNamed(page, 'HTTP 3')).toBeVisible();
  await toolOf(page, 'Selection', /^Delete/).click();
  await expect(nodeNamed(page, 'HTTP 3')).toHaveCount(0);

  // Back to before the replacement and on again: add, reconnect twice, duplicate, paste and delete lie between.
  const undo = toolOf(page, 'Canvas tools', /^Undo/);
  for (let step = 0; step < 7; step += 1) await undo.click();
  await expect(edge(page, 'Mail', 'Filter')).toBeAttached();
  await undo.click();
  await expect(edge(page, 'Router, Otherwise,', 'Filter')).toBeAttached();
  const redo = toolOf(page, 'Canvas tools', /^Redo/);
  for (let step = 0; step < 8; step += 1) await redo.click();
  await expect(edge(page, 'Router, Otherwise,', 'HTTP')).toBeAttached();
  await expect(redo).toBeDisabled();
});

test('a note is written, moved, resized and deleted, each undone in one step, and needs no deploy', async ({
  signedIn: page,
  mailroom,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await createFlow(page, 'With a note');
  await addAt(page, 'Mail', 140, 200);
  await canvas(page)
    .locator('.react-flow__pane')
    .click({ button: 'right', position: { x: 420, y: 300 } });
  await expectAccessible(page, ['[role="menu"]']);
  await page.getByRole('menuitem', { name: 'Add a note' }).click();
  await page.getByLabel('Text of the note').fill('Ask Ada first');
  await canvas(page)
    .locator('.react-flow__pane')
    .click({ position: { x: 300, y: 520 } });
  const note = canvas(page).getByRole('group', { name: 'Note: Ask Ada first' });
  const id = page.url().split('/').at(-1) ?? '';
  const saved = async () => (await mailroom.call('getFlow', { params: { id } })).draft.notes?.[0];
  await expect.poll(saved).toMatchObject({ text: 'Ask Ada first', width: 216 });
  const before = await saved();

  const at = await centerOf(note);
  await drag(page, at, { x: at.x + 120, y: at.y + 40 });
  await expect.poll(async () => (await saved())?.position).not.toEqual(before?.position);
  const moved = await saved();
  const corner = await centerOf(note.locator('.react-flow__resize-control'));
  await drag(page, corner, { x: corner.x + 80, y: corner.y + 64 });
  await expect.poll(async () => (await saved())?.width ?? 0).toBeGreaterThan(260);

  const undo = toolOf(page, 'Canvas tools', /^Undo/);
  await undo.click();
  await expect.poll(saved).toEqual(moved);
  await undo.click();
  await expect.poll(saved).toEqual(before);
  await note.click();
  await expectAccessible(page);
  await toolOf(page, 'Selection', /^Delete/).click();
  await expect(note).toHaveCount(0);
  await undo.click();
  await expect(note).toBeVisible();
});

test('a dragged node jumps into line with another one, unless guides are off, which this browser remembers', async ({
  signedIn: page,
  mailroom,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await createFlow(page, 'In line');
  await addAt(page, 'Filter', 640, 440);
  await dragToCanvas(page, 'Router', { x: 300, y: 300 });
  await properties(page).getByRole('button', { name: 'Add route' }).click();
  await closeProperties(page);
  const id = page.url().split('/').at(-1) ?? '';
  const saved = async () => (await mailroom.call('getFlow', { params: { id } })).draft.nodes;
  await expect.poll(async () => (await saved()).length).toBe(2);
  const yOf = async (type: string) => (await saved()).find((node) => node.type === type)?.position.y ?? 0;

  // The middles of a node and of a higher one are in line between two lines of the grid.
  const [filter, router] = [nodeNamed(page, 'Filter'), nodeNamed(page, 'Router')];
  const toMiddle = async () => {
    const [from, to] = [await centerOf(filter), await centerOf(router)];
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x, from.y - 4);
    await page.mouse.move(from.x, to.y - 8, { steps: 12 });
  };
  await toMiddle();
  await expect(page.getByTestId('guides').locator('line')).toHaveCount(1);
  await page.mouse.up();
  await expect(page.getByTestId('guides')).toHaveCount(0);
  const middle = (await yOf('router')) + (116 - 64) / 2;
  await expect.poll(async () => yOf('filter')).toBe(middle);
  await toolOf(page, 'Canvas tools', /^Undo/).click();

  await canvas(page)
    .locator('.react-flow__pane')
    .click({ button: 'right', position: { x: 60, y: 60 } });
  await page.getByRole('menuitem', { name: /^Switch guides/ }).click();
  await expect(page.getByText('Saved')).toBeVisible();
  await page.reload();
  await toMiddle();
  await expect(page.getByTestId('guides')).toHaveCount(0);
  await page.mouse.up();
});

test('Escape ends a drag where it began, and a pinch over the toolbars does not zoom the page', async ({ signedIn: page, mailroom }) => {
  await createFlow(page, 'Not moved');
  await addAt(page, 'Mail', 200, 200);
  const id = page.url().split('/').at(-1) ?? '';
  const places = async () => (await mailroom.call('getFlow', { params: { id } })).draft.nodes.map(({ position }) => position);
  await expect.poll(async () => (await places()).length).toBe(1);
  const before = await nodeNamed(page, 'Mail').boundingBox();
  const at = await centerOf(nodeNamed(page, 'Mail'));
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await page.mouse.move(at.x + 120, at.y + 90, { steps: 5 });
  await expect.poll(async () => (await nodeNamed(page, 'Mail').boundingBox())?.x).not.toBe(before?.x);
  await page.keyboard.press('Escape');
  await page.mouse.move(at.x + 160, at.y + 120, { steps: 3 });
  await page.mouse.up();
  await expect.poll(async () => nodeNamed(page, 'Mail').boundingBox()).toEqual(before);
  // Several at once, and Escape is free again for others.
  await addAt(page, 'HTTP', 500, 200);
  await page.keyboard.down('Shift');
  await drag(page, { x: at.x - 130, y: at.y - 80 }, { x: at.x + 480, y: at.y + 80 });
  await page.keyboard.up('Shift');
  const several = await centerOf(nodeNamed(page, 'HTTP'));
  await drag(page, several, { x: several.x + 40, y: several.y + 120 });
  await expect.poll(async () => (await nodeNamed(page, 'Mail').boundingBox())?.y).not.toBe(before?.y);
  await page.getByRole('button', { name: 'More actions' }).click();
  // The first press may be for the tooltip of the button.
  await expect(async () => {
    await page.keyboard.press('Escape');
    await expect(page.getByRole('menu')).toHaveCount(0, { timeout: 1_000 });
  }).toPass();
  await page.getByRole('button', { name: 'Undo (Ctrl+Z)', exact: true }).click();
  await expect.poll(async () => nodeNamed(page, 'Mail').boundingBox()).toEqual(before);
  await page.getByRole('button', { name: 'Undo (Ctrl+Z)', exact: true }).click();
  // What there is left to undo is that it was added.
  await page.getByRole('button', { name: 'Undo (Ctrl+Z)', exact: true }).click();
  await expect(nodeNamed(page, 'Mail')).toHaveCount(0);

  const isPageZoomed = await page.getByRole('button', { name: /^Fit to view/ }).evaluate((button) => {
    const pinch = new WheelEvent('wheel', { ctrlKey: true, deltaY: -10, bubbles: true, cancelable: true });
    return button.dispatchEvent(pinch);
  });
  expect(isPageZoomed).toBe(false);
});
