import { eventually } from '../server/testing/eventually.ts';
import { chain, deployCredential, deployFlow, mailSenderNode, node } from '../server/testing/flows.ts';
import { expectAccessible } from './accessible.ts';
import { inEveryLook } from './every-look.ts';
import { expect, keepScreenshot, test } from './fixtures.ts';

/** One page answers what happened to a message, what it was at each step, and what can be done. */

const mail = (subject: string) =>
  `From: ada@example.com\r\nTo: orders@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.com>\r\n\r\nThree pumps, please.\r\n${'A pump and its manual.\r\n'.repeat(13_000)}The end.\r\n`;

test('a message says where it came from, what it was at each step, and is run again from one of them', async ({
  signedIn: page,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  await deployCredential(mailroom, mailbox, 'detail');
  const mark = node('mark', 'content-modifier', { name: 'Mark', assignments: [{ target: 'header', name: 'x-marked', value: 'yes' }] });
  const flowId = await deployFlow(
    mailroom,
    'Detailed orders',
    chain(
      mailSenderNode(mailServer, 'imap4', { credential: 'detail' }),
      mark,
      node('http', 'http-receiver', { name: 'Shop', url: sink.url, retry: 'off' }),
    ),
  );
  let isUp = true;
  sink.answerWith(() => (isUp ? 200 : 503));

  await test.step('Trace is switched on where the flow is deployed', async () => {
    await page.goto(`${mailroom.url}/monitor/content/${flowId}`);
    await page.getByRole('button', { name: 'Log level: Info' }).click();
    await page.getByRole('menuitem', { name: /Trace/ }).click();
    await expect(page.getByRole('button', { name: /Log level: Trace, ends in/ })).toBeVisible();
  });

  isUp = false;
  await mailbox.deliver(mail('Detailed'));
  const message = await eventually(async () => (await mailroom.call('listMessages', { query: { flowId, status: 'FAILED' } })).items[0], {
    what: 'the failure',
    deadlineMs: 30_000,
  });
  await page.goto(`${mailroom.url}/monitor/messages/${message.id}`);
  const pane = page.getByRole('complementary', { name: 'Message' });
  const openTab = async (name: string | RegExp) => pane.getByRole('tab', { name }).click();

  await test.step('the cause comes first, and the mailbox down to the UID', async () => {
    await expect(pane.getByText('503').first()).toBeVisible();
    await expect(pane.getByText(`${mailbox.user} at localhost`)).toBeVisible();
    await expect(pane.getByText('UIDVALIDITY')).toBeVisible();
    await inEveryLook(page, 'detail-overview');
    await expectAccessible(page);
  });

  await test.step('each step shows the message as it was', async () => {
    await openTab(/Steps/);
    await pane.getByRole('button', { name: 'The message here, Mark' }).click();
    await expect(pane.getByText(/kept at log level Trace/)).toBeVisible();
    await expect(pane.getByText('x-marked Added')).toBeVisible();
    await inEveryLook(page, 'detail-steps');
    await expectAccessible(page);
  });

  await test.step('the log and the raw mail are text', async () => {
    await openTab('Log');
    await expect(pane.getByText(`message ${message.id}`)).toBeVisible();
    await keepScreenshot(page, 'detail-log');
    await expectAccessible(page);
    await openTab('Raw mail');
    const raw = pane.locator('pre[aria-label="Raw mail"]');
    await expect(raw).toContainText('Three pumps, please.');
    await expect(pane.getByText(/The first 256 KB of \d+ KB are shown/)).toBeVisible();
    await inEveryLook(page, 'detail-raw');
    await expectAccessible(page);
    await pane.getByRole('button', { name: 'Show 256 KB more' }).click();
    await expect(raw).toContainText('The end.');
    await expect(pane.getByText(/^The first/)).toBeHidden();
  });

  await test.step('it is run again from a step', async () => {
    isUp = true;
    await openTab(/Steps/);
    await pane.getByRole('button', { name: 'Run again from here…, Mark' }).click();
    const dialog = page.getByRole('dialog', { name: 'Run again from Mark?' });
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Run again' }).click();
    await expect(pane.getByText('COMPLETED', { exact: true })).toBeVisible({ timeout: 30_000 });
    await expect(pane.getByText(/Run again from Mark, so that the receivers behind it were called again/)).toBeVisible();
  });
});
