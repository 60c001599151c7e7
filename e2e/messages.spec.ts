import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { deployCredential, deployFlow, mailToHttp } from '../server/testing/flows.ts';
import { inEveryLook } from './every-look.ts';
import { expect, keepScreenshot, test } from './fixtures.ts';

/** The message processing log as people work with it: narrowed, shared, followed, saved, exported, and acted upon at once. */

const count = 130;
const mail = (subject: string) =>
  `From: =?utf-8?q?J=C3=B6rg?= <joerg@example.com>\r\nTo: orders@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.com>\r\n\r\nHello\r\n`;
const subjectOf = (number: number) => `Ledger-${String(number).padStart(3, '0')}${number % 10 === 0 ? '-urgent' : ''}`;

const log = (page: Page) => page.getByRole('region', { name: 'Message processing log' });
const rows = (page: Page) =>
  log(page)
    .getByRole('row')
    .filter({ hasText: /Ledger-/ });
const filtersShown = (page: Page) => new URL(page.url()).searchParams;

async function choose(page: Page, list: 'Status' | 'Flow', ...options: string[]): Promise<void> {
  await page.getByRole('combobox', { name: list }).click();
  for (const option of options) await page.getByRole('option', { name: option, exact: true }).click();
  await page.keyboard.press('Escape');
}

test('the log is narrowed, followed, shared, saved, exported and run again as a whole', async ({
  signedIn: page,
  context,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  let isUp = false;
  sink.respond((_request, response) => response.writeHead(isUp ? 200 : 422).end());
  for (let number = 1; number <= count; number += 1) await mailbox.deliver(mail(subjectOf(number)));
  await deployCredential(mailroom, mailbox, 'ledger');
  const flowId = await deployFlow(mailroom, 'Ledger', mailToHttp(mailServer, 'imap4', sink.url, { credential: 'ledger' }));
  await expect
    .poll(async () => (await mailroom.call('countMessages', { query: { flowId, status: 'FAILED' } })).count, { timeout: 60_000 })
    .toBe(count);

  await test.step('each filter is a step that back and forward go through', async () => {
    await page.goto(`${mailroom.url}/monitor/messages`);
    await choose(page, 'Flow', 'Ledger');
    await choose(page, 'Status', 'RETRY', 'FAILED');
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Subject' }).click();
    await page.getByLabel('Subject to look for').fill('URGENT');
    await page.keyboard.press('Enter');
    await expect(rows(page)).toHaveCount(count / 10);
    await page.getByRole('searchbox').pressSequentially('ledger-12', { delay: 60 });
    await expect(rows(page)).toHaveCount(1);
    expect(Object.fromEntries(filtersShown(page))).toEqual({
      flow: flowId,
      status: 'RETRY,FAILED',
      subject: 'URGENT',
      search: 'ledger-12',
    });
    await inEveryLook(page, 'messages-filtered');

    await page.goBack();
    await expect(rows(page)).toHaveCount(count / 10);
    await expect(page.getByRole('searchbox')).toHaveValue('');
    await page.goBack();
    await expect(page.getByRole('button', { name: 'Remove Subject' })).toBeHidden();
    expect(filtersShown(page).get('status')).toBe('RETRY,FAILED');
    await page.goBack();
    expect(filtersShown(page).get('status')).toBe('RETRY');
    await expect(page.getByText('No message matches these filters.')).toBeVisible();
    for (let step = 0; step < 3; step += 1) await page.goForward();
    await expect(rows(page)).toHaveCount(1);
  });

  await test.step('a link shows the same to somebody else', async () => {
    const other = await context.newPage();
    await other.goto(page.url());
    await expect(rows(other)).toHaveCount(1);
    await expect(other.getByRole('searchbox')).toHaveValue('ledger-12');
    await expect(other.getByRole('combobox', { name: 'Status' })).toHaveText('2 statuses');
    await other.close();
  });

  await test.step('a span of time is typed on the own clock', async () => {
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByRole('button', { name: /^Received:/ }).click();
    await page.getByLabel('Before').fill('2020-01-01T08:00');
    await page.getByRole('button', { name: 'Show these' }).click();
    await expect(page.getByText('No message matches these filters.')).toBeVisible();
    const local = await page.evaluate(() => new Date('2020-01-01T08:00').toISOString());
    expect(filtersShown(page).get('to')).toBe(local);
    await page.getByRole('button', { name: /^Received: Before/ }).click();
    await keepScreenshot(page, 'messages-time');
    await page.getByRole('button', { name: 'Last 24 hours' }).click();
    await expect(rows(page).first()).toBeVisible();
  });

  await test.step('scrolling loads the rest, and what comes in waits without moving a row', async () => {
    await page.goto(`${mailroom.url}/monitor/messages?search=Ledger`);
    await expect(rows(page).first()).toBeVisible();
    await log(page).hover();
    await expect(async () => {
      await page.mouse.wheel(0, 4_000);
      await expect(log(page).getByRole('table')).toHaveAttribute('aria-rowcount', String(count + 1), { timeout: 200 });
      await expect(log(page).getByText(subjectOf(1), { exact: true })).toBeVisible({ timeout: 200 });
    }).toPass();
    await page.mouse.wheel(0, -400);
    await page.waitForFunction(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true)))));
    const place = async () => log(page).getByText(subjectOf(3), { exact: true }).boundingBox();
    const before = await place();
    for (const number of [801, 802, 803]) await mailbox.deliver(mail(`Ledger-${number}`));
    const pill = page.getByRole('button', { name: /^3 new$/ });
    await expect(pill).toBeVisible();
    expect(await place()).toEqual(before);
    await keepScreenshot(page, 'messages-new');
    await pill.click();
    await expect(log(page).getByText('Ledger-803')).toBeVisible();
    await expect(pill).toBeHidden();
  });

  await test.step('columns and filters are kept as a view', async () => {
    await page.goto(`${mailroom.url}/monitor/messages?subject=urgent&flow=${flowId}`);
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('checkbox', { name: 'Message-ID' }).check();
    await page.getByRole('checkbox', { name: 'Size' }).uncheck();
    await page.keyboard.press('Escape');
    await expect(log(page).getByRole('columnheader', { name: 'Message-ID' })).toBeVisible();
    await expect(log(page).getByRole('columnheader', { name: 'Size' })).toBeHidden();
    await expect(rows(page).first()).toContainText('-urgent@example.com>');
    await page.getByRole('button', { name: 'Saved views' }).click();
    await page.getByLabel('Save what is shown as').fill('Urgent ones');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByRole('link', { name: 'Urgent ones' })).toBeVisible();
    await keepScreenshot(page, 'messages-views');
    const saved = Object.fromEntries(filtersShown(page));
    await page.goto(`${mailroom.url}/monitor/messages`);
    await page.getByRole('button', { name: 'Saved views' }).click();
    await page.getByRole('link', { name: 'Urgent ones' }).click();
    await expect(rows(page)).toHaveCount(count / 10);
    expect(Object.fromEntries(filtersShown(page))).toEqual(saved);
    await inEveryLook(page, 'messages');
  });

  await test.step('what is listed is saved as a file, all of it', async () => {
    const files: Record<string, string> = {};
    await page.goto(`${mailroom.url}/monitor/messages?flow=${flowId}&status=FAILED`);
    for (const format of ['CSV', 'JSON']) {
      await page.getByRole('button', { name: 'More actions' }).click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('menuitem', { name: `Export as ${format}` }).click(),
      ]);
      expect(download.suggestedFilename()).toMatch(new RegExp(`^messages-[\\d-]+\\.${format.toLowerCase()}$`));
      files[format] = await readFile(await download.path(), 'utf8');
    }
    expect(files['CSV']?.trim().split('\r\n')).toHaveLength(count + 3 + 1);
    expect(files['CSV']).toContain('Jörg <joerg@example.com>');
    expect(JSON.parse(files['JSON'] ?? '')).toHaveLength(count + 3);
  });

  await test.step('all that match are run again, also after the tab is closed', async () => {
    isUp = true;
    await log(page).getByRole('checkbox', { name: 'Select all that are listed' }).check();
    const bar = page.getByRole('toolbar', { name: 'Selected messages' });
    await bar.getByRole('button', { name: 'Select all that match the filter' }).click();
    await expect(bar).toContainText(`${count + 3} messages selected`);
    await bar.getByRole('button', { name: 'Run again…' }).click();
    const asked = page.waitForResponse((response) => response.url().endsWith('/bulks') && response.request().method() === 'POST');
    await page.getByRole('dialog').getByRole('button', { name: 'Run again' }).click();
    await asked;
    await page.close();

    const later = await context.newPage();
    await later.goto(`${mailroom.url}/monitor/bulk`);
    const line = later.getByRole('row').filter({ hasText: 'Run again at the failed step' });
    await expect(line.first()).toContainText('Done', { timeout: 30_000 });
    await expect(line.first()).toContainText(`${count + 3} of ${count + 3}`);
    await inEveryLook(later, 'bulk');
    await expect
      .poll(async () => (await mailroom.call('countMessages', { query: { flowId, status: 'COMPLETED' } })).count, { timeout: 30_000 })
      .toBe(count + 3);
  });
});
