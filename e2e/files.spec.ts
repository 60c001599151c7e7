import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { expect, keepScreenshot, test } from './fixtures.ts';

const flow = `mailroom: 1
name: Carried here
nodes:
  - id: mail
    type: mail-sender
    at: [80, 160]
    config:
      name: Post
  - id: file
    type: file-receiver
    at: [440, 160]
edges:
  - from: mail
    to: file
`;

const file = (name: string, text: string) => ({ name, mimeType: 'application/yaml', buffer: Buffer.from(text) });

async function exportOf(page: Page, name: string): Promise<string> {
  await page
    .getByRole('button', { name: `Actions for ${name}` })
    .first()
    .click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Export' }).click()]);
  expect(download.suggestedFilename()).toBe(`${name}.yaml`);
  return readFile(await download.path(), 'utf8');
}

test('a flow that was exported comes back the same to the byte', async ({ signedIn: page, mailroom }) => {
  // The first run has no list yet, and takes files, too.
  await page.getByLabel('Files to import').setInputFiles(file('a.yaml', flow));
  await expect(page.getByText('Post', { exact: true })).toBeVisible();
  await page.goto(mailroom.url);
  const first = await exportOf(page, 'Carried here');
  expect(first).toContain('name: Carried here');
  const { items } = await mailroom.call('listFlows');
  for (const { id, name } of items) if (name === 'Carried here') await mailroom.call('deleteFlow', { params: { id } });

  await page.reload();
  // Dropped this time.
  const dropped = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], 'again.yaml'));
    return transfer;
  }, first);
  const target = page.getByText(/^(Practice mailbox|Flow)$/).first();
  await target.dispatchEvent('dragover', { dataTransfer: dropped });
  await target.dispatchEvent('drop', { dataTransfer: dropped });
  await expect(page.getByText('Post', { exact: true })).toBeVisible();
  await page.goto(mailroom.url);
  expect(await exportOf(page, 'Carried here')).toBe(first);
});

test('of a broken file everything wrong is listed, and nothing is imported', async ({ signedIn: page, mailroom }) => {
  const before = (await mailroom.call('listFlows')).items.length;
  const broken = flow.replace('file-receiver', 'fax').replace('to: file', 'to: nobody');
  await page.getByLabel('Files to import').setInputFiles([file('good.yaml', flow), file('broken.yaml', broken)]);
  const dialog = page.getByRole('dialog', { name: 'Nothing was imported' });
  await expect(dialog.getByRole('listitem')).toHaveCount(2);
  await expect(dialog.getByText('Line 10')).toBeVisible();
  await expect(dialog.getByText("There is no adapter or step of type 'fax'.")).toBeVisible();
  await expect(dialog.getByText("There is no node 'nobody'.")).toBeVisible();
  await keepScreenshot(page, 'import-refused');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  expect((await mailroom.call('listFlows')).items).toHaveLength(before);
});
