import { canvas, centerOf, connect, createFlow, dragFromPalette, dragToCanvas, nodeNamed, openTab, properties } from './editor.ts';
import { expect, test } from './fixtures.ts';

test.beforeEach(async ({ signedIn: page }, { title }) => {
  await createFlow(page, title);
});

test('a step dropped on a connection is spliced in, deleting it heals the connection, and undo brings both back', async ({
  signedIn: page,
}) => {
  await dragToCanvas(page, 'Mail', { x: 160, y: 260 });
  await properties(page).getByRole('button', { name: 'Close properties' }).click();
  await dragToCanvas(page, 'HTTP', { x: 700, y: 260 });
  await properties(page).getByRole('button', { name: 'Close properties' }).click();
  await connect(page, 'Mail', 'HTTP');

  const plus = await centerOf(page.getByRole('button', { name: 'Insert a step between Mail and HTTP' }));
  await dragFromPalette(page, 'Filter', { x: plus.x - 40, y: plus.y });
  await expect(page.getByRole('group', { name: 'Connection from Mail to Filter' })).toBeAttached();
  await expect(page.getByRole('group', { name: 'Connection from Filter to HTTP' })).toBeAttached();
  await properties(page).getByRole('button', { name: 'Close properties' }).click();

  await nodeNamed(page, 'Filter').click();
  await page.keyboard.press('Delete');
  await expect(page.getByRole('group', { name: 'Connection from Mail to HTTP' })).toBeAttached();
  await page.keyboard.press('Control+z');
  await expect(page.getByRole('group', { name: 'Connection from Filter to HTTP' })).toBeAttached();
  await page.keyboard.press('Control+z');
  await expect(page.getByRole('group', { name: 'Connection from Mail to HTTP' })).toBeAttached();
  await page.keyboard.press('Control+Shift+z');
  await expect(page.getByRole('group', { name: 'Connection from Filter to HTTP' })).toBeAttached();
});

test('a flow can be drawn without a mouse', async ({ signedIn: page }) => {
  const palette = page.getByRole('navigation', { name: 'Palette' });
  await palette.getByRole('button', { name: 'Mail', exact: true }).focus();
  await page.keyboard.press('Enter');
  await expect(nodeNamed(page, 'Mail')).toBeVisible();
  await palette.getByRole('button', { name: 'File', exact: true }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('group', { name: 'Connection from Mail to File' })).toBeAttached();
});

test('the draft is saved by itself and is there after a reload', async ({ signedIn: page, mailroom }) => {
  await dragToCanvas(page, 'Mail', { x: 180, y: 260 });
  await openTab(page, 'Connection');
  await properties(page).getByLabel('Address').fill('mail.example.com');
  const id = page.url().split('/').at(-1) ?? '';
  await expect(async () => {
    const { draft } = await mailroom.call('getFlow', { params: { id } });
    expect(draft.nodes[0]?.config).toMatchObject({ address: 'mail.example.com' });
  }).toPass();
  await page.reload();
  await expect(canvas(page).getByText('IMAP4 · mail.example.com')).toBeVisible();
});

test('an undo right after a change is saved, too', async ({ signedIn: page, mailroom }) => {
  await dragToCanvas(page, 'Mail', { x: 180, y: 260 });
  await properties(page).getByRole('button', { name: 'Close properties' }).click();
  const id = page.url().split('/').at(-1) ?? '';
  const saved = async () => (await mailroom.call('getFlow', { params: { id } })).draft.nodes.length;
  await expect.poll(saved).toBe(1);
  await nodeNamed(page, 'Mail').click();
  await page.keyboard.press('Delete');
  await page.keyboard.press('Control+z');
  await expect(nodeNamed(page, 'Mail')).toBeVisible();
  await expect(page.getByText('Saved')).toBeVisible();
  await page.reload();
  await expect(nodeNamed(page, 'Mail')).toBeVisible();
  expect(await saved()).toBe(1);
});

test('Deploy is blocked by problems that lead to node and field', async ({ signedIn: page }) => {
  await dragToCanvas(page, 'Mail', { x: 180, y: 260 });
  await properties(page).getByRole('button', { name: 'Close properties' }).click();
  await page.getByRole('button', { name: 'Deploy', exact: true }).click();
  const problems = page.getByRole('region', { name: 'Problems' });
  await problems.getByText(/Address is missing/).click();
  await expect(properties(page).getByLabel('Address')).toBeFocused();
});

test('hidden fields keep what was typed, and choices follow the protocol', async ({ signedIn: page }) => {
  await dragToCanvas(page, 'Mail', { x: 180, y: 260 });
  await openTab(page, 'Processing');
  await properties(page).getByLabel('Folder', { exact: true }).fill('Orders/New');
  await openTab(page, 'Connection');
  await properties(page).getByRole('radio', { name: 'POP3' }).check();
  await expect(properties(page).getByLabel('Protection')).toContainText('POP3S');
  await openTab(page, 'Processing');
  await expect(properties(page).getByLabel('Folder', { exact: true })).toHaveCount(0);
  await openTab(page, 'Connection');
  await properties(page).getByRole('radio', { name: 'IMAP4' }).check();
  await openTab(page, 'Processing');
  await expect(properties(page).getByLabel('Folder', { exact: true })).toHaveValue('Orders/New');
});

test('two tabs on one flow: the second is told, and nothing is overwritten silently', async ({ signedIn: page, context, mailroom }) => {
  const other = await context.newPage();
  await other.goto(page.url());
  await dragToCanvas(page, 'Mail', { x: 180, y: 260 });
  const id = page.url().split('/').at(-1) ?? '';
  await expect.poll(async () => (await mailroom.call('getFlow', { params: { id } })).draft.nodes.length).toBe(1);
  await dragToCanvas(other, 'File', { x: 300, y: 200 });
  await expect(other.getByText(/changed elsewhere/i).first()).toBeVisible();
  await other.close();
});
