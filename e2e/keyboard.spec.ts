import { deployCredential } from '../server/testing/flows.ts';
import { mailWith } from '../server/testing/mail-with.ts';
import { canvas, createFlow, nodeNamed, properties } from './editor.ts';
import { expect, test } from './fixtures.ts';

const connection = (name: string) => ({ name: `Connection from ${name}`, exact: true });

test('a flow with a branch is drawn, deployed and receives a mail without a mouse', async ({
  signedIn: page,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  test.setTimeout(120_000);
  await deployCredential(mailroom, mailbox, 'keyboard');
  await createFlow(page, 'By keyboard');
  const { keyboard } = page;
  /** Chooses in the command palette. */
  const command = async (words: string) => {
    await keyboard.press('Control+k');
    await expect(page.getByRole('combobox', { name: 'Search commands, nodes and steps' })).toBeFocused();
    await keyboard.type(words);
    await keyboard.press('Enter');
  };
  /** Goes to a field of the open properties as Tab would, and types. */
  const type = async (label: string, text: string) => {
    await properties(page).getByLabel(label, { exact: true }).focus();
    await keyboard.press('Control+a');
    await keyboard.type(text);
  };

  await command('add mail sender');
  await openTabByKey('Connection');
  await type('Address', `localhost:${mailServer.ports.imaps}`);
  await type('Credential Name', 'keyboard');
  await keyboard.press('Escape');

  await command('add router');
  await expect(canvas(page).getByRole('group', connection('Mail to Router'))).toBeAttached();
  await openTabByKey('Routes');
  await properties(page).getByRole('button', { name: 'Add route' }).press('Enter');
  await type('Name of route 1', 'Orders');
  await type('Value 1', 'order');
  await keyboard.press('Escape');

  // Each output by Tab from the node.
  await command('go to router');
  await expect(nodeNamed(page, 'Router')).toBeFocused();
  await keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Output Orders of Router' })).toBeFocused();
  await keyboard.press('Enter');
  await keyboard.type('HTTP');
  await keyboard.press('Enter');
  await type('Address', `${sink.url}/orders`);
  await keyboard.press('Escape');
  await expect(canvas(page).getByRole('group', connection('Router, Orders, to HTTP'))).toBeAttached();

  // What leads nowhere may be connected to what is there: C.
  await command('go to router');
  await keyboard.press('c');
  await keyboard.type('otherwise http');
  await keyboard.press('Enter');
  await expect(canvas(page).getByRole('group', connection('Router, Otherwise, to HTTP'))).toBeAttached();
  // Undone in a field that nothing was typed into, and done again on the canvas.
  await keyboard.press('Enter');
  await expect(properties(page)).toBeVisible();
  await openTabByKey('General');
  await properties(page).getByLabel('Name', { exact: true }).focus();
  await keyboard.press('Control+z');
  await expect(canvas(page).getByRole('group', connection('Router, Otherwise, to HTTP'))).toHaveCount(0);
  await keyboard.press('Control+y');
  await expect(canvas(page).getByRole('group', connection('Router, Otherwise, to HTTP'))).toBeAttached();
  await keyboard.press('Escape');

  await mailbox.deliver(mailWith('Order by keyboard'));
  await command('deploy');
  await expect(page.getByRole('dialog', { name: /^Deploy / }).getByLabel('Note')).toBeFocused();
  await keyboard.type('Drawn without a mouse');
  await keyboard.press('Enter');
  await expect.poll(() => sink.requests.map(({ path }) => path.split('/').at(-1)), { timeout: 30_000 }).toEqual(['orders']);

  async function openTabByKey(name: string): Promise<void> {
    await properties(page).getByRole('tab', { name }).focus();
    await keyboard.press('Enter');
  }
});

test('the drawing is one stop of Tab; arrows, Shift and E go through it', async ({ signedIn: page, mailroom }) => {
  const at = (x: number, y = 0) => ({ x, y });
  const draft = {
    nodes: [
      { id: 'mail', type: 'mail-sender', position: at(0), config: {} },
      { id: 'filter', type: 'filter', position: at(304), config: {} },
      { id: 'http', type: 'http-receiver', position: at(608), config: {} },
      { id: 'file', type: 'file-receiver', position: at(608, 160), config: {} },
    ],
    edges: [
      { id: 'mail--filter', from: 'mail', to: 'filter' },
      { id: 'filter--http', from: 'filter', to: 'http' },
    ],
  };
  const { id } = await mailroom.call('createFlow', { body: { name: 'Ways of the keyboard', draft } });
  await page.goto(`${mailroom.url}/flows/${id}`);
  await nodeNamed(page, 'Mail').waitFor();
  await expect(canvas(page).locator('.react-flow__node[tabindex="0"], .react-flow__edge[tabindex="0"]')).toHaveCount(1);
  const { keyboard } = page;

  await page.getByRole('navigation', { name: 'Palette' }).getByRole('button', { name: 'File', exact: true }).focus();
  await keyboard.press('Tab');
  await expect(nodeNamed(page, 'Mail')).toBeFocused();
  await keyboard.press('ArrowRight');
  await expect(nodeNamed(page, 'Filter')).toBeFocused();
  await keyboard.press('Shift+Tab');
  await keyboard.press('Tab');
  await expect(nodeNamed(page, 'Filter')).toBeFocused();

  // The connection out of it is taken elsewhere.
  await keyboard.press('e');
  await expect(canvas(page).getByRole('group', connection('Filter to HTTP'))).toBeFocused();
  await keyboard.press('c');
  await keyboard.type('lead to file');
  await keyboard.press('Enter');
  await expect(canvas(page).getByRole('group', connection('Filter to File'))).toBeAttached();
  await keyboard.press('Control+z');
  await expect(canvas(page).getByRole('group', connection('Filter to HTTP'))).toBeAttached();

  await nodeNamed(page, 'Filter').focus();
  await keyboard.press('Shift+ArrowRight');
  await expect(nodeNamed(page, 'HTTP')).toBeFocused();
  await keyboard.press('Shift+ArrowDown');
  await expect(canvas(page).locator('.react-flow__node.selected')).toHaveCount(3);
  await keyboard.press('Delete');
  await expect(canvas(page).locator('.react-flow__node')).toHaveCount(1);
  await keyboard.press('Control+Enter');
  await expect(page.getByRole('complementary', { name: 'Simulate' })).toBeVisible();
});
