import { deployCredential, deployFlow, mailToHttp } from '../server/testing/flows.ts';
import { properties } from './editor.ts';
import { expect, keepScreenshot, test } from './fixtures.ts';

/** After a bad night: many messages are run again at once, and the flow gets other retries. */

const mail = (subject: string) =>
  `From: ada@example.com\r\nTo: orders@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.com>\r\n\r\nHello\r\n`;

test('failed messages are chosen by mouse, keyboard and filter, and run again', async ({
  signedIn: page,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  let isUp = false;
  sink.respond((_request, response) => response.writeHead(isUp ? 200 : 422).end());
  for (const number of [1, 2, 3, 4, 5]) await mailbox.deliver(mail(`Night-${number}`));
  await deployCredential(mailroom, mailbox, 'night');
  await deployFlow(mailroom, 'Night', mailToHttp(mailServer, 'imap4', sink.url, { credential: 'night' }));
  await page.goto(`${mailroom.url}/monitor/messages?search=Night`);
  const rows = (status: string) =>
    page
      .getByRole('row')
      .filter({ hasText: /Night-/ })
      .filter({ hasText: status });
  await expect(rows('FAILED')).toHaveCount(5);

  const bar = page.getByRole('toolbar', { name: 'Selected messages' });
  const boxes = page.getByRole('checkbox', { name: /^Select Night/ });
  await boxes.nth(0).click();
  await boxes.nth(2).click({ modifiers: ['Shift'] });
  await expect(bar).toContainText('3 messages selected');
  await boxes.nth(1).focus();
  await page.keyboard.press('Space');
  await expect(bar).toContainText('2 messages selected');
  await bar.getByRole('button', { name: 'Select all that match the filter' }).click();
  await expect(bar).toContainText('5 messages selected');
  await keepScreenshot(page, 'messages-selected');

  isUp = true;
  await bar.getByRole('button', { name: 'Run again…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Run 5 messages again?' });
  await expect(dialog).toContainText('are not called again');
  await keepScreenshot(page, 'messages-run-again');
  await dialog.getByRole('button', { name: 'Run again' }).click();
  await expect(page.getByText('5 messages run again.')).toBeVisible();
  await expect(rows('COMPLETED')).toHaveCount(5);
  await expect(bar).toBeHidden();

  await boxes.nth(0).click();
  await bar.getByRole('button', { name: 'Run again…' }).click();
  await page.getByRole('dialog', { name: 'Run 1 message again?' }).getByRole('button', { name: 'Run again' }).click();
  const outcome = page.getByRole('dialog', { name: 'Not all of them' });
  await expect(outcome).toContainText('has no failed step to go on from');
  await keepScreenshot(page, 'messages-refused');
  await outcome.getByRole('button', { name: 'Close' }).last().click();
  await expect(bar).toBeHidden();

  await page.getByRole('link', { name: 'Night-1' }).click();
  await page.getByRole('tab', { name: /Steps/ }).click();
  const attempt = page.getByRole('region', { name: 'Attempt 2' });
  await expect(attempt).toContainText('Run again at the failed step, by ada@example.com');
  await expect(attempt).toContainText('Idempotency-Key');
  await keepScreenshot(page, 'message-run-again-steps');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 390, height: 844 });
  await keepScreenshot(page, 'message-run-again-steps-narrow');
  await page.getByRole('button', { name: 'Close', exact: true }).first().click();
  await boxes.nth(0).click();
  await bar.getByRole('button', { name: 'Run again…' }).click();
  await page.getByRole('dialog').getByText('From the start').click();
  await keepScreenshot(page, 'messages-run-again-narrow');
});

test('the settings of a flow say what they mean, are checked, and can be undone', async ({
  signedIn: page,
  mailroom,
  mailServer,
  sink,
}) => {
  const { id } = await mailroom.call('createFlow', { body: { name: 'Patient', draft: mailToHttp(mailServer, 'imap4', sink.url) } });
  await page.goto(`${mailroom.url}/flows/${id}`);
  await page.getByRole('button', { name: 'Flow settings' }).click();
  const panel = properties(page);
  await expect(panel).toContainText('Tries again after 10 s, 30 s, 1.5 min … (5 times). FAILED after about 20 min without success.');
  await keepScreenshot(page, 'flow-settings');
  await panel.getByLabel('Attempts').fill('3');
  await expect(panel).toContainText('Tries again after 10 s, 30 s. FAILED after about 40 s without success.');
  await page.getByRole('button', { name: 'Undo (Ctrl+Z)' }).click();
  await expect(panel).toContainText('FAILED after about 20 min');
  await panel.getByLabel('Attempts').fill('1000');
  await expect(panel).toContainText('at most 100');
  await panel.getByRole('tab', { name: 'Limits' }).click();
  await expect(panel.getByLabel('Messages at Once')).toBeVisible();
});
