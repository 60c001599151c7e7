import { chain, deployCredential, deployFlow, mailSenderNode, node } from '../server/testing/flows.ts';
import { expectAccessible } from './accessible.ts';
import { deploy, nodeNamed } from './editor.ts';
import { inEveryLook } from './every-look.ts';
import { expect, test } from './fixtures.ts';

/** What is different, seen on the canvas: against what is deployed, between versions, and the ways back. */

test('two versions are compared on the canvas with their fields, one is rolled back to, and one becomes the draft again', async ({
  signedIn: page,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  await deployCredential(mailroom, mailbox, 'compared');
  const at = (x: number, y: number, drawn: ReturnType<typeof node>) => ({ ...drawn, position: { x, y } });
  const draft = (maxMessages: number, middle: ReturnType<typeof node>) =>
    chain(
      at(0, 100, mailSenderNode(mailServer, 'imap4', { credential: 'compared', maxMessages })),
      at(304, 100, middle),
      at(608, 100, node('http', 'http-receiver', { url: sink.url })),
    );
  const orders = node('filter', 'filter', {
    name: 'Only orders',
    conditions: [{ subject: 'header.subject', operator: 'contains', value: 'order' }],
  });
  const stamp = node('stamp', 'content-modifier', { name: 'Stamp' });
  const id = await deployFlow(mailroom, 'Compared orders', draft(10, orders));
  const { revision } = await mailroom.call('getFlow', { params: { id } });
  await mailroom.call('saveFlow', { params: { id }, body: { revision, draft: draft(20, stamp) } });

  const comparison = page.getByRole('region', { name: 'Comparison' });
  const differences = page.getByRole('complementary', { name: 'Differences' });
  const picture = comparison.getByRole('application');

  await test.step('the words beside Deploy lead to the changes', async () => {
    await page.goto(`${mailroom.url}/flows/${id}`);
    await expect(nodeNamed(page, 'Orders mailbox')).toContainText('Changed');
    await page.getByRole('link', { name: '3 changes to deploy' }).click();
    await expect(page).toHaveURL(/compare=deployed\.\.draft/);
    await expect(comparison.getByText('Removed', { exact: true }).first()).toBeVisible();
    for (const [name, mark] of [
      ['Only orders', 'Removed'],
      ['Stamp', 'Added'],
      ['Orders mailbox', 'Changed'],
    ] as const)
      await expect(picture.locator('.react-flow__node').filter({ hasText: name })).toContainText(mark);
    await expect(differences).toContainText('Changed: Mail sender ‘Orders mailbox’');
    const field = differences.locator('div').filter({ has: page.getByText('Max. Messages per Poll', { exact: true }) });
    await expect(field.locator('del').last()).toHaveText('10');
    await expect(field.locator('ins').last()).toHaveText('20');
    await expect(differences).toContainText('Removed: Connection from ‘Only orders’ to ‘HTTP’');
  });

  await test.step('a line leads to its node, and Back to the drawing', async () => {
    await differences.getByRole('button', { name: /Added:.*Stamp/ }).click();
    await expect(picture.locator('.react-flow__node.selected')).toContainText('Stamp');
    await expectAccessible(page, ['[aria-label="Comparison"]']);
    await inEveryLook(page, 'compare');
    await page.goBack();
    await expect(page.getByRole('region', { name: 'Canvas' })).toBeVisible();
  });

  await test.step('deployed with a note, both versions are listed with it and compared', async () => {
    await deploy(page, 'Stamps instead of a filter');
    await expect(page.getByText('No changes to deploy')).toBeVisible();
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Versions…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Versions of Compared orders' });
    await expect(dialog.getByRole('listitem').first()).toContainText('Stamps instead of a filter');
    await expect(dialog.getByRole('listitem').first()).toContainText('by ada@example.com');
    await dialog.getByRole('link', { name: 'Compare version 1 with the draft' }).click();
    await expect(page).toHaveURL(/compare=1\.\.draft/);
    await expect(differences).toContainText('from version 1 to your draft');
    await comparison.getByRole('button', { name: 'Swap both' }).click();
    await expect(differences).toContainText('from your draft to version 1');
    await expect(picture.locator('.react-flow__node').filter({ hasText: 'Only orders' })).toContainText('Added');
  });

  await test.step('the earlier version is rolled back to', async () => {
    await comparison.getByRole('button', { name: 'Deploy v1' }).click();
    await expect(page.getByText('3 changes to deploy')).toBeVisible();
    const { items } = await mailroom.call('listDeployments');
    expect(items.find(({ flowId }) => flowId === id)).toMatchObject({ version: 1 });
  });

  await test.step('the draft is reverted to what is deployed, which is undone as one change', async () => {
    await page.getByRole('link', { name: '3 changes to deploy' }).click();
    await comparison.getByRole('button', { name: 'Revert the draft' }).click();
    await expect(nodeNamed(page, 'Only orders')).toBeVisible();
    await expect(page.getByText('No changes to deploy')).toBeVisible();
    await page.keyboard.press('Control+z');
    await expect(page.getByRole('link', { name: '3 changes to deploy' })).toBeVisible();
  });
});
