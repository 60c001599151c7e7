import { expectAccessibleInEveryLook } from './accessible.ts';
import { canvas, deploy } from './editor.ts';
import { administrator, expect, keepScreenshot, test } from './fixtures.ts';

test('the first run has three doors, and a template leads to a deployed flow', async ({ page, newMailroom }) => {
  await page.goto(newMailroom.output.find((line) => line.includes('/set-up#token='))?.trim() ?? '');
  await page.getByLabel('Name').waitFor();
  await expectAccessibleInEveryLook(page);
  await page.getByLabel('Name').fill(administrator.name);
  await page.getByLabel('E-mail').fill(administrator.email);
  await page.getByLabel('Password').fill(administrator.password);
  await page.getByRole('button', { name: /create/i }).click();
  for (const door of [/^Practice mailbox/, /^My mailbox/, /^Templates/])
    await expect(page.getByRole('button', { name: door })).toBeVisible();
  await expectAccessibleInEveryLook(page);
  await keepScreenshot(page, 'first-run');
  await page.setViewportSize({ width: 390, height: 840 });
  await keepScreenshot(page, 'first-run-narrow');
  await page.setViewportSize({ width: 1280, height: 800 });

  await page.getByRole('button', { name: /^Templates/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Templates' });
  await expect(dialog.getByRole('listitem')).toHaveCount(6);
  await keepScreenshot(page, 'templates');
  await dialog.getByRole('button', { name: /^Sort by subject/ }).click();
  await canvas(page).waitFor();
  await expect(page.getByText('What is it about?')).toBeVisible();
  await deploy(page);
  await page.getByRole('link', { name: /completed/ }).click();
  await expect(page.getByRole('row', { name: /Order 4711/ })).toContainText('COMPLETED', { timeout: 30_000 });
});

test('an empty canvas offers a mail sender, the practice mailbox and templates, each undone at once', async ({
  signedIn: page,
  mailroom,
}) => {
  const { id } = await mailroom.call('createFlow', { body: { name: 'Empty' } });
  await page.goto(`${mailroom.url}/flows/${id}`);
  await expect(page.getByText('A flow starts with the mailbox it reads.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Add mail sender' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Templates' }).getByRole('listitem')).toHaveCount(4);
  await expectAccessibleInEveryLook(page);
  await keepScreenshot(page, 'empty-canvas', true);
  await page.getByRole('button', { name: 'Use the practice mailbox' }).click();
  await expect(page.getByText('Outbox', { exact: true })).toBeVisible();
  await page.keyboard.press('Control+z');
  await page.getByRole('button', { name: /^Invoices: keep the attachments/ }).click();
  await expect(page.getByText('Invoices with a PDF')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('A flow starts with the mailbox it reads.')).toBeVisible();
});
