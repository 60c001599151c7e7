import { expectAccessible } from './accessible.ts';
import { canvas, nodeNamed, properties } from './editor.ts';
import { expect, keepScreenshot, test } from './fixtures.ts';

const connection = (name: string) => ({ name: `Connection from ${name}`, exact: true });

test('a flow is read, changed and mended in the outline alone', async ({ signedIn: page, mailroom }) => {
  const at = (x: number, y = 0) => ({ x, y });
  const routes = [
    { port: 'orders', name: 'Orders', match: 'all', conditions: [{ subject: 'header.subject', operator: 'contains', value: 'order' }] },
  ];
  const draft = {
    nodes: [
      { id: 'mail', type: 'mail-sender', position: at(0), config: { name: 'Inbox' } },
      { id: 'router', type: 'router', position: at(304), config: { routes } },
      { id: 'modify', type: 'content-modifier', position: at(608), config: { name: 'Add source' } },
      { id: 'http', type: 'http-receiver', position: at(912), config: { name: 'Order service', url: 'https://orders.example.com' } },
    ],
    edges: [
      { id: 'mail--router', from: 'mail', to: 'router' },
      { id: 'router--orders--modify', from: 'router', to: 'modify', port: 'orders' },
      { id: 'modify--http', from: 'modify', to: 'http' },
    ],
  };
  const { id } = await mailroom.call('createFlow', { body: { name: 'Outlined', draft } });
  await page.goto(`${mailroom.url}/flows/${id}`);
  await nodeNamed(page, 'Inbox').waitFor();
  const { keyboard } = page;
  const line = (name: RegExp) => page.getByRole('treeitem', { name });

  await keyboard.press('o');
  await expect(line(/^Mail sender Inbox/)).toBeFocused();
  await expect(line(/^Mail sender Inbox.*Address is missing/)).toBeVisible();
  await expect(line(/^Way Orders/)).toHaveAttribute('aria-level', '2');
  await expect(line(/Order service/)).toHaveAttribute('aria-level', '3');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page, ['aside']);
    await keepScreenshot(page, `outline-${colorScheme}`);
  }

  // The way that leads nowhere joins what is there; the join is a link.
  await keyboard.press('End');
  await expect(line(/^Otherwise: leads nowhere/)).toBeFocused();
  await keyboard.press('Enter');
  await keyboard.type('connect to order');
  await keyboard.press('Enter');
  await expect(canvas(page).getByRole('group', connection('Router, Otherwise, to Order service'))).toBeAttached();
  await expect(line(/^on to Order service/)).toBeVisible();

  // Keys are those of the canvas.
  await line(/Add source/).focus();
  await keyboard.press('Delete');
  await expect(canvas(page).getByRole('group', connection('Router, Orders, to Order service'))).toBeAttached();
  await expect(page.getByRole('treeitem').and(page.locator(':focus'))).toHaveCount(1);
  await keyboard.press('Control+z');
  await expect(line(/Add source/)).toBeVisible();

  // Its menu has the commands of the node and of the connection into it.
  await line(/Add source/).focus();
  await keyboard.press('Shift+F10');
  await expect(page.getByRole('menuitem', { name: 'Replace with…' })).toBeVisible();
  await expectAccessible(page, ['[role=menu]']);
  await page.getByRole('menuitem', { name: 'Delete (connection from Router)' }).press('Enter');
  await expect(canvas(page).getByRole('group', connection('Router, Orders, to Add source'))).toHaveCount(0);
  await expect(line(/Add source.*nothing leads to it/)).toBeVisible();

  // Closing the properties leads back to the line.
  await line(/Mail sender Inbox/).focus();
  await keyboard.press('Enter');
  await expect(properties(page)).toBeVisible();
  await keyboard.press('Escape');
  await expect(line(/Mail sender Inbox/)).toBeFocused();
  await keyboard.press('ArrowDown');
  await keyboard.press('ArrowLeft');
  await expect(line(/^Way Orders/)).toBeHidden();
});
