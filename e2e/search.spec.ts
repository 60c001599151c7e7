import { chain, node } from '../server/testing/flows.ts';
import { canvas, nodeNamed, properties } from './editor.ts';
import { expectAccessible } from './accessible.ts';
import { expect, keepScreenshot, test } from './fixtures.ts';

test('a value is found on the canvas, brought into view, and opened at its field', async ({ signedIn: page, mailroom }) => {
  const draft = chain(
    { ...node('mail', 'mail-sender', { address: 'imap.example.com' }), position: { x: 0, y: 0 } },
    { ...node('filter', 'filter', { name: 'Orders only' }), position: { x: 304, y: 0 } },
    { ...node('http', 'http-receiver', { name: 'Order service', url: 'https://orders.example.com' }), position: { x: 4000, y: 1200 } },
  );
  const { id } = await mailroom.call('createFlow', { body: { name: 'Searched', draft } });
  await page.goto(`${mailroom.url}/flows/${id}`);
  await nodeNamed(page, 'Mail').click();
  // Only the sender is seen.
  for (let press = 0; press < 5; press += 1) await page.keyboard.press('+');
  await expect(nodeNamed(page, 'Order service')).not.toBeInViewport();

  await page.keyboard.press('Control+f');
  const search = page.getByRole('search');
  await expect(search.getByLabel('Find in the flow')).toBeFocused();
  await page.keyboard.type('example.com');
  await expect(search.getByRole('status')).toHaveText('1 of 2');
  await expect(search).toContainText('Address: imap.example.com');
  await page.keyboard.press('Enter');
  await expect(search.getByRole('status')).toHaveText('2 of 2');
  await expect(nodeNamed(page, 'Order service')).toBeInViewport({ ratio: 0.99 });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page, ['search']);
    await keepScreenshot(page, `search-${colorScheme}`);
  }
  await page.keyboard.press('Shift+Enter');
  await expect(nodeNamed(page, 'Mail')).toBeInViewport({ ratio: 0.99 });

  await page.keyboard.press('Shift+Enter');
  await search.getByRole('button', { name: /Address: https:/ }).click();
  await expect(search).toBeHidden();
  await expect(properties(page).getByLabel('Address', { exact: true })).toBeFocused();

  await page.keyboard.press('Control+f');
  await page.keyboard.type('orders only');
  await page.keyboard.press('Escape');
  await expect(nodeNamed(page, 'Orders only')).toBeFocused();
  await expect(canvas(page).getByText('found')).toHaveCount(0);
});
