import { eventually } from '../server/testing/eventually.ts';
import { chain, deployCredential, deployFlow, mailSenderNode, node } from '../server/testing/flows.ts';
import { expectAccessible } from './accessible.ts';
import { expect, keepScreenshot, test } from './fixtures.ts';

/** The life of a deployment as a person leads it: the way back to an earlier version, restart, undeploy. */

test('a bad version is seen in the monitor, compared and replaced by the one before, with one click', async ({
  signedIn: page,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  await deployCredential(mailroom, mailbox, 'versions');
  const draft = (maxMessages: number, ...steps: ReturnType<typeof node>[]) =>
    chain(
      mailSenderNode(mailServer, 'imap4', { credential: 'versions', maxMessages }),
      ...steps,
      node('http', 'http-receiver', { url: sink.url }),
    );
  const id = await deployFlow(mailroom, 'Versioned orders', draft(10));
  const { revision } = await mailroom.call('getFlow', { params: { id } });
  const second = draft(
    20,
    node('filter', 'filter', { name: 'Only orders', conditions: [{ subject: 'header.subject', operator: 'contains', value: 'order' }] }),
  );
  await mailroom.call('saveFlow', { params: { id }, body: { revision, draft: second } });
  await mailroom.call('deployFlow', { params: { id }, body: { note: 'Invoices go elsewhere now' } });
  const deployment = async () => (await mailroom.call('listDeployments')).items.find(({ flowId }) => flowId === id);
  await eventually(async () => (await deployment())?.state === 'Started');

  await page.goto(`${mailroom.url}/monitor`);
  const panel = page.getByRole('region', { name: 'Versioned orders' });
  const choose = async (item: string) => {
    await panel.getByRole('button', { name: 'Actions for Versioned orders' }).click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  await choose('Versions…');
  const dialog = page.getByRole('dialog', { name: 'Versions of Versioned orders' });
  await expect(dialog.getByRole('listitem').first()).toContainText('Invoices go elsewhere now');
  await dialog.getByRole('button', { name: 'Show changes' }).click();
  await expect(dialog).toContainText('leaves out the Filter step ‘Only orders’');
  await expect(dialog).toContainText('Max. Messages per Poll');
  await expectAccessible(page);
  for (const [size, viewport] of Object.entries({ desk: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } })) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await keepScreenshot(page, `versions-${size}-${colorScheme}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });

  await dialog.getByRole('button', { name: 'Deploy v1' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(panel).toContainText('v1 deployed');
  await page.getByRole('button', { name: 'Back to version 2' }).click();
  await expect(panel).toContainText('v2 deployed');

  await choose('Restart');
  await eventually(async () => (await deployment())?.state === 'Started');
  await choose('Undeploy');
  await expect(page.getByText('Versioned orders is stopping.')).toBeVisible();
  await expect(panel).toHaveCount(0, { timeout: 20_000 });

  // In the editor the versions are still there, and one of them can be started again.
  await page.goto(`${mailroom.url}/flows/${id}`);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Versions…' }).click();
  await dialog.getByRole('button', { name: 'Deploy v2' }).click();
  await eventually(async () => (await deployment())?.version === 2);
});
