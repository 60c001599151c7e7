import { expect, type Locator, type Page } from '@playwright/test';

/** What a person does in the editor, with mouse and keyboard. */

/** In px. */
interface Point {
  x: number;
  y: number;
}

export const canvas = (page: Page): Locator => page.getByRole('region', { name: 'Canvas' });
export const properties = (page: Page): Locator => page.getByRole('complementary', { name: 'Properties' });
export const nodeNamed = (page: Page, name: string): Locator =>
  canvas(page).getByRole('group', { name: new RegExp(`(sender|receiver|step|Modifier|Filter|Router) ${name}`, 'i') });

export async function createFlow(page: Page, name: string): Promise<void> {
  const first = page.getByRole('button', { name: /^My mailbox/ });
  const another = page.getByRole('button', { name: 'New flow' });
  await first.or(another).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('button', { name: 'Create' }).click();
  await canvas(page).waitFor();
}

/** Drags an item of the palette to a point of the canvas, in px from its upper left corner. */
export async function dragToCanvas(page: Page, item: string, at: Point): Promise<void> {
  const area = await canvas(page).boundingBox();
  if (!area) throw new Error('the canvas is not shown');
  await dragFromPalette(page, item, { x: area.x + at.x, y: area.y + at.y });
}

/** Drags an item of the palette to a point of the page. */
export async function dragFromPalette(page: Page, item: string, to: Point): Promise<void> {
  const from = await centerOf(page.getByRole('navigation', { name: 'Palette' }).getByRole('button', { name: item, exact: true }));
  await drag(page, from, to);
}

/** Draws a connection from the output of one node, or one of its routes, to the input of another. */
export async function connect(page: Page, from: string, to: string, route?: string): Promise<void> {
  const label = route === undefined ? `Output of ${from}` : `Output ${route} of ${from}`;
  const output = await centerOf(page.getByRole('button', { name: label, exact: true }));
  const input = await centerOf(page.getByRole('button', { name: `Input of ${to}`, exact: true }));
  await drag(page, output, input);
  const leaving = route === undefined ? from : `${from}, ${route},`;
  await expect(page.getByRole('group', { name: `Connection from ${leaving} to ${to}`, exact: true })).toBeAttached();
}

export async function openTab(page: Page, name: string): Promise<void> {
  await properties(page).getByRole('tab', { name }).click();
}

export async function choose(page: Page, field: string, option: string): Promise<void> {
  await properties(page).getByLabel(field, { exact: true }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

export async function drag(page: Page, from: Point, to: Point): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 6 });
  await page.mouse.move(to.x, to.y, { steps: 6 });
  await page.mouse.up();
}

export async function centerOf(locator: Locator): Promise<Point> {
  await locator.waitFor({ state: 'attached' });
  const box = await locator.boundingBox();
  if (!box) throw new Error('not on the screen');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Deploys what is drawn, with a note for the list of versions. */
export async function deploy(page: Page, note = ''): Promise<void> {
  await page.getByRole('button', { name: 'Deploy', exact: true }).click();
  await page
    .getByRole('dialog', { name: /^Deploy / })
    .getByLabel('Note')
    .fill(note);
  await page.keyboard.press('Enter');
}
