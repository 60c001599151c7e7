import { deployCredential, deployFlow, mailToHttp } from '../server/testing/flows.ts';
import { expect, keepScreenshot, test } from './fixtures.ts';

/** The worst day: which mailbox, since when, why, and a button. */

const mail = (subject: string) =>
  `From: ada@example.com\r\nTo: orders@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.com>\r\n\r\nHello\r\n`;

test('a wrong password is shown with its remedy, and correcting the artifact is all it takes', async ({
  signedIn: page,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  await mailbox.deliver(mail('Order-1'));
  await deployCredential(mailroom, { ...mailbox, password: 'wrong' }, 'wrong-password');
  await deployFlow(mailroom, 'Refused', mailToHttp(mailServer, 'imap4', sink.url, { credential: 'wrong-password' }));
  await page.goto(`${mailroom.url}/monitor`);
  const panel = page.getByRole('region', { name: 'Refused' });
  await expect(panel).toContainText('Started');
  await expect(panel).toContainText(/refused the sign-in/);
  await expect(panel).toContainText(/Correct user or password/);
  await keepScreenshot(page, 'failing');

  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Security' }).click();
  await page
    .getByRole('row', { name: /wrong-password/ })
    .getByRole('button', { name: /edit|change/i })
    .click();
  const dialog = page.getByRole('dialog', { name: /User Credentials/ });
  await dialog.getByLabel('Password').fill(mailbox.password);
  await dialog.getByRole('button', { name: 'Save and deploy' }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Monitor' }).click();
  await expect(panel).toContainText(/1\s*completed/i, { timeout: 30_000 });
});

test('a failed message shows its cause first and is run again with a button', async ({
  signedIn: page,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  let isUp = false;
  sink.respond((_request, response) => response.writeHead(isUp ? 200 : 422).end('order number missing'));
  await mailbox.deliver(mail('Order-2'));
  await deployCredential(mailroom, mailbox, 'failing-receiver');
  await deployFlow(mailroom, 'Failing', mailToHttp(mailServer, 'imap4', sink.url, { credential: 'failing-receiver' }));
  await page.goto(`${mailroom.url}/monitor/messages`);
  const row = page.getByRole('row', { name: /Order-2/ });
  await expect(row).toContainText('FAILED');
  await row.getByRole('link').first().click();
  await expect(page.getByText(/refused the message with status 422/).first()).toBeVisible();
  await expect(page.getByText(/order number missing/).first()).toBeVisible();
  isUp = true;
  await page.getByRole('button', { name: 'Run again…' }).click();
  await page.getByRole('dialog', { name: /again/ }).getByRole('button', { name: 'Run again' }).click();
  await expect(row).toContainText('COMPLETED');
});

test('a mail that can not be read waits in quarantine with its raw bytes', async ({
  signedIn: page,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  const filler = Array.from({ length: 40_000 }, (_, index) => `X-Filler-${index}: ${'x'.repeat(40)}`).join('\r\n');
  await mailbox.deliver(`Subject: Poison\r\n${filler}\r\n\r\nbody\r\n`);
  await deployCredential(mailroom, mailbox, 'poisoned');
  await deployFlow(mailroom, 'Poisoned', mailToHttp(mailServer, 'imap4', sink.url, { credential: 'poisoned' }));
  await page.goto(`${mailroom.url}/monitor/quarantine`);
  await expect(page.getByText(/can't be read/).first()).toBeVisible();
  await expect(page.getByText('Poison', { exact: true }).first()).toBeVisible();
});
