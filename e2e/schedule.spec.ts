import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { chain, deployCredential, deployFlow, mailSenderNode, node } from '../server/testing/flows.ts';
import { choose, createFlow, dragToCanvas, nodeNamed, openTab, properties } from './editor.ts';
import { expect, keepScreenshot, test } from './fixtures.ts';

/** The Scheduler tab: every kind of schedule, and the runs that come of it. */

test.describe.configure({ timeout: 240_000 });
test.use({ timezoneId: 'Europe/Berlin', locale: 'en-GB' });

const nextRuns = (page: Page) => properties(page).getByRole('list', { name: 'Next runs' }).getByRole('listitem');
const radio = (page: Page, name: string) => properties(page).getByRole('radio', { name, exact: true });
const zone = (page: Page) => properties(page).getByRole('combobox', { name: 'Time zone' });

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)).toEqual([]);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`each kind of schedule is set in the form and shows its next runs, ${colorScheme}`, async ({ signedIn: page }) => {
    await page.emulateMedia({ colorScheme });
    // The Saturday before the clocks go back in Europe.
    await page.clock.setFixedTime(new Date('2026-10-24T10:00:30Z'));
    await createFlow(page, `Schedules, ${colorScheme}`);
    await dragToCanvas(page, 'Mail', { x: 120, y: 200 });
    await openTab(page, 'Connection');
    await properties(page).getByLabel('Address').fill('mail.example.com');
    await properties(page).getByLabel('Credential Name').fill('orders');
    await openTab(page, 'Scheduler');
    const look = async (name: string) => {
      await expectAccessible(page);
      await keepScreenshot(page, `schedule-${name}-${colorScheme}`);
    };

    await test.step('a new channel is polled every minute, by the clock of the person', async () => {
      await expect(radio(page, 'Schedule to Recur')).toBeChecked();
      await expect(radio(page, 'Daily')).toBeChecked();
      await expect(properties(page).getByRole('spinbutton', { name: 'Every' })).toHaveValue('1');
      await expect(properties(page).getByRole('switch', { name: 'Whole day' })).toBeChecked();
      await expect(zone(page)).toHaveValue('Europe/Berlin');
      await expect(nextRuns(page)).toHaveText([/12:0[01]:/, /12:0[12]:/, /12:0[23]:/, /12:0[34]:/, /12:0[45]:/]);
      await expect(properties(page).getByText('The first poll is right after Deploy.')).toBeVisible();
      await look('default');
    });

    await test.step('weekly, every five minutes within office hours', async () => {
      await radio(page, 'Weekly').check();
      await choose(page, 'Unit', 'hours');
      await properties(page).getByRole('spinbutton', { name: 'Every' }).fill('5');
      await properties(page).getByRole('switch', { name: 'Whole day' }).uncheck();
      await properties(page).getByLabel('From').fill('08:00');
      await properties(page).getByLabel('to', { exact: true }).fill('18:00');
      await expect(nextRuns(page).first()).toContainText(/Mon,? 26 Oct 2026,? (at )?08:0/);
      await expect(nextRuns(page).nth(1)).toContainText('13:0');
      await expect(nextRuns(page).first()).toContainText('The clocks go back by 1 h in Europe/Berlin');
      await look('weekly');
      await properties(page).getByLabel('to', { exact: true }).fill('08:30');
      await expect(properties(page).getByText('every 5 hours does not fit between 08:00 and 08:30')).toBeVisible();
      await properties(page).getByLabel('to', { exact: true }).fill('06:00');
      await expect(properties(page).getByText('next day')).toBeVisible();
      for (const day of ['Mon', 'Tue', 'Wed', 'Thu', 'Fri']) await properties(page).getByRole('checkbox', { name: day }).uncheck();
      await expect(properties(page).getByText('tick at least one weekday')).toBeVisible();
      await properties(page).getByRole('checkbox', { name: 'Sun' }).check();
      await expect(nextRuns(page).first()).toContainText(/Sun,? 25 Oct/);
    });

    await test.step('a chosen time that comes twice is run once', async () => {
      await radio(page, 'Daily').check();
      await radio(page, 'On Time').check();
      await properties(page).getByLabel('At', { exact: true }).fill('02:30');
      await expect(nextRuns(page).first()).toContainText(/25 Oct 2026,? (at )?02:30 \(UTC\+2\)/);
      await expect(nextRuns(page).nth(1)).toContainText(/26 Oct 2026,? (at )?02:30 \(UTC\+1\)/);
      await expect(nextRuns(page).nth(1)).toContainText('The clocks go back by 1 h in Europe/Berlin');
    });

    await test.step('the time zone is found by its name, by keyboard alone', async () => {
      await zone(page).focus();
      await page.keyboard.type('new york');
      await page.keyboard.press('Enter');
      await expect(zone(page)).toHaveValue('America/New_York');
      await expect(nextRuns(page).first()).toContainText(/25 Oct 2026,? (at )?07:30 \(UTC\+1\)/);
      await expect(nextRuns(page).first()).toContainText(/25 Oct 2026,? (at )?02:30 \(UTC−4\) America\/New_York/);
      await look('zone');
      await zone(page).fill('atlantis');
      await expect(page.getByText('No such time zone.')).toBeVisible();
      await page.keyboard.press('Escape');
      await expect(zone(page)).toHaveValue('America/New_York');
    });

    await test.step('monthly says what happens in short months', async () => {
      await radio(page, 'Monthly').check();
      await properties(page).getByRole('spinbutton', { name: 'Day' }).fill('31');
      await expect(properties(page).getByText('In shorter months on the last day.')).toBeVisible();
      await expect(nextRuns(page)).toHaveText([/31 Oct/, /30 Nov/, /31 Dec/, /31 Jan 2027/, /28 Feb 2027/]);
      await look('monthly');
    });

    await test.step('one day', async () => {
      await radio(page, 'Schedule on Day').check();
      await expect(properties(page).getByLabel('Date')).toHaveValue('2026-10-25');
      await properties(page).getByLabel('Date').fill('2026-12-01');
      await properties(page).getByLabel('At', { exact: true }).fill('06:00');
      await expect(nextRuns(page)).toHaveText([/1 Dec 2026,? (at )?12:00/]);
      await expect(properties(page).getByText('not at Deploy')).toBeVisible();
      await look('day');
      await properties(page).getByLabel('Date').fill('2026-01-01');
      await expect(properties(page).getByText(/on 2026-01-01 at 06:00, America\/New_York: that is over/)).toBeVisible();
      await expect(properties(page).getByText('No run is left.')).toBeVisible();
    });

    await test.step('cron says what is wrong, and where', async () => {
      await radio(page, 'Cron').check();
      const expression = properties(page).getByLabel('Expression');
      await expression.fill('0 25 * * *');
      await expect(properties(page).getByText("the 2nd field, hour, can't be '25'")).toBeVisible();
      await expect(expression).toHaveAttribute('aria-invalid', 'true');
      await look('cron-wrong');
      await expression.fill('0 0 30 2 *');
      await expect(properties(page).getByText('it would never run')).toBeVisible();
      await expression.fill('*/20 0 6 * * MON');
      await expect(nextRuns(page)).toHaveText([/11:00:00/, /11:00:20/, /11:00:40/, /12:00:00/, /12:00:20/]);
      await expect(properties(page).getByText('only if it is really needed')).toBeVisible();
      await look('cron');
    });

    await test.step('once', async () => {
      await radio(page, 'Run Once').check();
      await expect(nextRuns(page)).toHaveCount(0);
      await expect(properties(page).getByText('Polls right after Deploy, then never again')).toBeVisible();
      await look('once');
      await openTab(page, 'Checklist');
      await expect(properties(page).getByText('Polled once, right after Deploy.')).toBeVisible();
      await openTab(page, 'Scheduler');
    });

    await test.step('what was typed for another kind is still there', async () => {
      await radio(page, 'Run Once').focus();
      await page.keyboard.press('ArrowRight');
      await expect(radio(page, 'Schedule on Day')).toBeChecked();
      await expect(properties(page).getByLabel('Date')).toHaveValue('2026-01-01');
      await page.keyboard.press('ArrowRight');
      await expect(radio(page, 'Schedule to Recur')).toBeChecked();
      await expect(radio(page, 'Monthly')).toBeChecked();
      await expect(zone(page)).toHaveValue('America/New_York');
      await radio(page, 'Weekly').check();
      await expect(properties(page).getByRole('checkbox', { name: 'Sun' })).toBeChecked();
    });
  });
}

test('an older drawing keeps its interval until somebody chooses otherwise', async ({ signedIn: page, mailroom }) => {
  const schedule = { kind: 'interval', every: 36, unit: 'hours' };
  const draft = chain(node('mail', 'mail-sender', { name: 'Old', address: 'mail.example.com', schedule }));
  const { id } = await mailroom.call('createFlow', { body: { name: 'Old', draft } });
  await page.goto(`${mailroom.url}/flows/${id}`);
  await nodeNamed(page, 'Old').dblclick();
  await expect(properties(page).getByText('Polled every 36 hours.')).toBeVisible();
  await openTab(page, 'Scheduler');
  await expect(radio(page, 'Interval')).toBeChecked();
  await expect(properties(page).getByRole('spinbutton', { name: 'Every' })).toHaveValue('36');
  await expect(nextRuns(page)).toHaveCount(5);
  expect((await mailroom.call('getFlow', { params: { id } })).draft).toEqual(draft);

  await radio(page, 'Schedule to Recur').check();
  await expect(zone(page)).toHaveValue('Europe/Berlin');
  await expect(properties(page).getByRole('spinbutton', { name: 'Every' })).toHaveValue('1');
  await radio(page, 'Interval').check();
  await expect(properties(page).getByRole('spinbutton', { name: 'Every' })).toHaveValue('36');
});

test('the monitor says when a channel that has run is polled again', async ({ signedIn: page, mailroom, mailServer, mailbox }) => {
  await deployCredential(mailroom, mailbox, 'schedules');
  const toOutbox = (schedule: unknown) =>
    chain(
      mailSenderNode(mailServer, 'imap4', { credential: 'schedules', schedule }),
      node('file', 'file-receiver', { folder: 'schedules' }),
    );
  await deployFlow(mailroom, 'Runs once', toOutbox({ kind: 'once' }));
  const times = { mode: 'at', at: '06:00' };
  await deployFlow(mailroom, 'Runs on a far day', toOutbox({ kind: 'day', date: '2099-01-01', times, zone: 'Asia/Kathmandu' }));

  await page.goto(`${mailroom.url}/monitor`);
  const once = page.getByRole('region', { name: 'Runs once' });
  await expect(once.getByText('none, it has run')).toBeVisible({ timeout: 30_000 });
  await expect(once.getByText('OK', { exact: true })).toBeVisible();
  const far = page.getByRole('region', { name: 'Runs on a far day' });
  await expect(far.getByText('once, on 2099-01-01 at 06:00, Asia/Kathmandu')).toBeVisible();
  await expect(far.getByText(/not today, next Thu,? 1 Jan 2099,? (at )?01:15/)).toBeVisible();
  await keepScreenshot(page, 'schedule-monitor');
  await page.setViewportSize({ width: 390, height: 844 });
  await expectAccessible(page);
  await keepScreenshot(page, 'schedule-monitor-phone');

  const polls = page.getByRole('link', { name: /no mail/ });
  await expect(polls).toHaveCount(1);
  await once.getByRole('button', { name: 'Poll now' }).click();
  await expect(once.getByText('none, it has run')).toBeVisible();
});
