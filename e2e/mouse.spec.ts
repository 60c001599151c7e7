import type { Page } from '@playwright/test';
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
  await drag(page, await centerOf(nodeNamed(page, 'Filter')), { x: target.x - 24, y: target.y });
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

  // Back to before the replacement and on again: reconnect, add, duplicate, paste and delete lie between.
  const undo = toolOf(page, 'Canvas tools', /^Undo/);
  for (let step = 0; step < 6; step += 1) await undo.click();
  await expect(edge(page, 'Mail', 'Filter')).toBeAttached();
  await undo.click();
  await expect(edge(page, 'Router, Otherwise,', 'Filter')).toBeAttached();
  const redo = toolOf(page, 'Canvas tools', /^Redo/);
  for (let step = 0; step < 7; step += 1) await redo.click();
  await expect(edge(page, 'Router, Otherwise,', 'File')).toBeAttached();
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
  await toolOf(page, 'Selection', /^Delete/).click();
  await expect(note).toHaveCount(0);
  await undo.click();
  await expect(note).toBeVisible();
});
