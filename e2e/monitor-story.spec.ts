import { chain, deployCredential, deployFlow, mailSenderNode, mailToHttp, node } from '../server/testing/flows.ts';
import { eventually } from '../server/testing/eventually.ts';
import { makeDataDirectory, startMailroomProcess } from '../server/testing/mailroom-process.ts';
import { expectAccessible } from './accessible.ts';
import { centerOf, drag } from './editor.ts';
import { inEveryLook } from './every-look.ts';
import { administrator, expect, keepScreenshot, signIn, test } from './fixtures.ts';

/** The worst day, from the alert to the message that is done after all; and the page that shows it. */

const mail = (subject: string) =>
  `From: ada@example.com\r\nTo: orders@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.com>\r\n\r\nHello\r\n`;
const authorization = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

test('a receiver refuses its credential: from the alert over the red tile and the cause to a message that is completed', async ({
  page,
  mailServer,
  mailbox,
  sink,
}) => {
  test.setTimeout(120_000);
  const data = await makeDataDirectory();
  const mailroom = await startMailroomProcess({
    dataDirectory: data.path,
    isWatchQuick: true,
    env: { MAILROOM_ADMIN_EMAIL: administrator.email, MAILROOM_ADMIN_PASSWORD: administrator.password },
  });
  const told = () =>
    sink.requests
      .filter(({ path }) => path === '/alerts')
      .flatMap(({ body }) => (JSON.parse(body.toString()) as { notices: { event: string; alert: { kind: string } }[] }).notices)
      .map(({ event, alert }) => `${event} ${alert.kind}`);
  try {
    sink.answerWith(({ path, headers }) =>
      path === '/alerts' || headers.authorization === authorization('orders', 'the right one') ? 200 : 401,
    );
    await deployCredential(mailroom, mailbox, 'mailbox');
    await deployCredential(mailroom, { ...mailbox, user: 'orders', password: 'the wrong one' }, 'order-service');
    await mailroom.call('createAlertTarget', {
      body: { name: 'Operations', settings: { type: 'webhook', url: new URL('/alerts', sink.url).href } },
    });
    await mailbox.deliver(mail('Order 4711'));
    const flowId = await deployFlow(
      mailroom,
      'Orders of the day',
      chain(
        mailSenderNode(mailServer, 'imap4', { credential: 'mailbox' }),
        node('http', 'http-receiver', { name: 'Order service', url: sink.url, authentication: 'basic', credential: 'order-service' }),
      ),
    );
    await page.goto(`${mailroom.url}/monitor`);
    await signIn(page);
    await page.goto(`${mailroom.url}/monitor`);
    const tile = page.getByRole('region', { name: 'Orders of the day' });

    await test.step('somebody is told, and the overview is red', async () => {
      await expect(tile).toContainText('Needs attention: 1 failed', { timeout: 30_000 });
      await expect(page.getByRole('region', { name: 'Top errors' })).toContainText('status 401');
      await eventually(() => told().includes('opened MESSAGES_FAILED'), { what: 'the alert', deadlineMs: 20_000 });
      await expect(page.getByRole('link', { name: '1 open alert', exact: true }).first()).toBeVisible();
      await expect(tile.getByRole('link', { name: '1 open alert' })).toBeVisible();
      await expectAccessible(page);
      await inEveryLook(page, 'overview', true);
    });

    await test.step('the tile leads to the message, and that to its cause', async () => {
      await tile.getByRole('link', { name: '1 failed' }).click();
      await expect(page.getByRole('row', { name: /Order 4711/ })).toContainText('FAILED');
      await page.getByRole('link', { name: 'Order 4711' }).first().click();
      const pane = page.getByRole('complementary', { name: 'Message' });
      await expect(pane).toContainText('refused the sign-in with status 401');
    });

    await test.step('the credential is corrected', async () => {
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Security' }).click();
      await page
        .getByRole('row', { name: /order-service/ })
        .getByRole('button', { name: /edit|change/i })
        .click();
      const dialog = page.getByRole('dialog', { name: /User Credentials/ });
      await dialog.getByLabel('Password').fill('the right one');
      await dialog.getByRole('button', { name: 'Save and deploy' }).click();
      await expect(dialog).toBeHidden();
    });

    await test.step('the message goes on from the failed step', async () => {
      await page.goBack();
      await page.getByRole('button', { name: 'Run again…' }).click();
      const dialog = page.getByRole('dialog', { name: /again/ });
      await expect(dialog.getByLabel(/failed step/i)).toBeChecked();
      await dialog.getByRole('button', { name: 'Run again' }).click();
      const pane = page.getByRole('complementary', { name: 'Message' });
      await expect(pane).toContainText('COMPLETED', { timeout: 20_000 });
      expect(sink.requests.filter(({ path, headers }) => path === '/inbound' && headers.authorization?.includes('Basic'))).toHaveLength(2);
    });

    await test.step('the alert clears, and the overview is quiet again', async () => {
      await page.goto(`${mailroom.url}/monitor`);
      await expect(tile).toContainText(/1\s*completed/i);
      await expect(tile).not.toContainText('Needs attention');
      await expect(page.getByRole('link', { name: 'No open alerts' })).toBeVisible({ timeout: 20_000 });
      await eventually(() => told().includes('cleared MESSAGES_FAILED'), { what: 'the end of the alert', deadlineMs: 20_000 });
    });

    await test.step('the page of the flow says why nothing more comes in, and shows every poll', async () => {
      await tile.getByRole('button', { name: 'Actions for Orders of the day' }).click();
      await page.getByRole('menuitem', { name: /why nothing came/ }).click();
      await expect(page).toHaveURL(`${mailroom.url}/monitor/content/${flowId}`);
      await expect(page.getByRole('region', { name: /^Why was nothing picked up/ })).toContainText("no unread mail in the folder 'INBOX'");
      const polls = page.getByRole('region', { name: 'Polling Information of Orders mailbox' });
      await expect(polls).toContainText(/\d+ polls within the last day.* 1 mail taken in/);
      await expectAccessible(page);
      await inEveryLook(page, 'integration-content', true);
      const file = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download' }).click();
      expect((await file).suggestedFilename()).toMatch(/^orders-of-the-day-v1.*\.yaml$/i);
    });
  } finally {
    await mailroom.stop();
    await data.remove();
  }
});

test('dragging over the chart, or moving its edges by keys, narrows the page, and a step back undoes it', async ({
  signedIn: page,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  await mailbox.deliver(mail('Brushed'));
  await deployCredential(mailroom, mailbox, 'brushed');
  await deployFlow(mailroom, 'Brushed orders', mailToHttp(mailServer, 'imap4', sink.url, { credential: 'brushed' }));
  await page.goto(`${mailroom.url}/monitor`);
  const tile = page.getByRole('region', { name: 'Brushed orders' });
  await expect(tile).toContainText(/1\s*completed/i, { timeout: 30_000 });
  const chart = page.getByRole('region', { name: 'Messages received' });
  const area = chart.getByRole('group', { name: 'Time that the page is narrowed to' });
  const box = await area.boundingBox();
  const { y } = await centerOf(area);
  const x = (hour: number) => (box?.x ?? 0) + ((box?.width ?? 0) / 24) * (hour + 0.5);

  await drag(page, { x: x(5), y }, { x: x(2), y });
  await expect(page).toHaveURL(/from=.*&to=/);
  const { searchParams } = new URL(page.url());
  const hours = (Date.parse(searchParams.get('to') ?? '') - Date.parse(searchParams.get('from') ?? '')) / 3_600_000;
  expect(hours).toBe(4);
  await expect(tile).toContainText('no message came in');
  await keepScreenshot(page, 'overview-narrowed');
  await page.goBack();
  await expect(tile).toContainText(/1\s*completed/i);

  await chart.getByRole('slider', { name: 'Begin of the time' }).focus();
  await page.keyboard.press('End');
  await expect(page).toHaveURL(/from=.*&to=/);
  await expect(tile).toContainText(/1\s*completed/i);
  const begin = () => Number(new Date(new URL(page.url()).searchParams.get('from') ?? ''));
  const before = begin();
  await page.keyboard.press('ArrowLeft');
  await expect.poll(begin).toBe(before - 3_600_000);
  await chart.getByRole('link', { name: /^Show the/ }).click();
  await expect(page).toHaveURL(/monitor\/messages\?.*from=/);
  await expect(page.getByRole('row', { name: /Brushed/ })).toBeVisible();
});

test('connections that belong to no channel are tested stage by stage', async ({ signedIn: page, mailroom, mailServer, sink }) => {
  await page.goto(`${mailroom.url}/monitor/connectivity`);
  const result = page.getByRole('region', { name: 'Result' });
  const run = async (kind: string, address: string) => {
    await page.getByText(kind, { exact: true }).click();
    await page.getByLabel('Address', { exact: true }).fill(address);
    await page.getByRole('button', { name: 'Test connection' }).click();
  };
  await run('Web system (HTTP)', sink.url);
  await expect(result).toContainText('The system answers 200 OK.');
  await expect(result).toContainText('The connection works');
  await expect(page).toHaveURL(/test=http/);

  await run('TLS', `localhost:${mailServer.ports.imaps}`);
  await expect(result.getByRole('list', { name: 'Certificates of the server' })).toBeVisible();
  await expectAccessible(page);
  await keepScreenshot(page, 'connectivity-tls');

  await run('Mail server (SMTP)', 'localhost');
  await expect(page.getByText('host and port, such as mail.example.com:587')).toBeVisible();
  // It greets as IMAP servers do.
  await run('Mail server (SMTP)', `localhost:${mailServer.ports.imap}`);
  await expect(result).toContainText('Stopped at Greeting.');
  await keepScreenshot(page, 'connectivity-smtp');
});
