import { deployCredential, deployFlow, mailToHttp } from '../server/testing/flows.ts';
import { expectAccessible } from './accessible.ts';
import { expect, keepScreenshot, test } from './fixtures.ts';

test('what went wrong is shown with what to do, somebody is told, and it clears', async ({
  signedIn: page,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  await page.goto(`${mailroom.url}/monitor/alerts`);
  await expect(page.getByText('Nothing is wrong.')).toBeVisible();
  await expect(page.getByText(/were checked/)).toBeVisible();
  await expectAccessible(page);
  await keepScreenshot(page, 'alerts-none');

  await test.step('a target is made and tested', async () => {
    await page.getByRole('link', { name: 'Who is told' }).click();
    await page.getByRole('button', { name: 'New target' }).click();
    const dialog = page.getByRole('dialog', { name: 'New target' });
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByLabel('Name', { exact: true }).fill('Operations');
    await dialog.getByLabel('Address').fill('ftp://example.com');
    await dialog.getByRole('button', { name: 'Send test' }).click();
    await expect(dialog.getByText('must start with http:// or https://')).toBeVisible();
    await keepScreenshot(page, 'alerts-target-wrong');
    await dialog.getByLabel('Address').fill(sink.url);
    await dialog.getByRole('button', { name: 'Send test' }).click();
    await expect(dialog.getByText('The test was taken.')).toBeVisible();
    expect(sink.requests).toHaveLength(1);
    await expectAccessible(page);
    await keepScreenshot(page, 'alerts-target');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('listitem').filter({ hasText: 'Operations' })).toContainText('nothing sent yet');
  });

  await test.step('a message fails', async () => {
    await deployCredential(mailroom, mailbox, 'alerts');
    await mailbox.deliver('From: ada@example.com\r\nSubject: Order 1\r\nMessage-ID: <a1@example.com>\r\n\r\nHello\r\n');
    sink.answerWith(({ path }) => (path === '/refused' ? 400 : 200));
    const refused = new URL('/refused', sink.url).href;
    await deployFlow(mailroom, 'Invoices', mailToHttp(mailServer, 'imap4', refused, { credential: 'alerts' }));
    await expect(page.getByRole('link', { name: '1 open alert' })).toBeVisible({ timeout: 20_000 });
    await page.getByRole('link', { name: '1 open alert' }).click();
    const alert = page.getByRole('list').getByRole('listitem').filter({ hasText: "A message of 'Invoices' has failed." });
    await expect(alert.getByText('HTTP_REFUSED')).toBeVisible();
    await expectAccessible(page);
    await keepScreenshot(page, 'alerts-open');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 390, height: 844 });
    await expectAccessible(page);
    await keepScreenshot(page, 'alerts-open-phone');
    await page.getByRole('link', { name: 'Who is told' }).click();
    await page.getByRole('button', { name: 'New target' }).click();
    const dialog = page.getByRole('dialog', { name: 'New target' });
    await dialog.getByRole('radio', { name: 'Mail' }).check();
    await expectAccessible(page);
    await keepScreenshot(page, 'alerts-mail-phone');
    await page.keyboard.press('Escape');
    await keepScreenshot(page, 'alerts-targets-phone');
    await page.setViewportSize({ width: 1280, height: 800 });
    await keepScreenshot(page, 'alerts-targets');
    await page.goBack();
    await expect(async () => expect(sink.requests.filter(({ path }) => path === '/inbound')).toHaveLength(2)).toPass({ timeout: 10_000 });
    await alert.getByRole('link', { name: 'Failed messages' }).click();
    await expect(page.getByRole('table').getByText('Order 1')).toBeVisible();
  });

  await test.step('somebody takes care', async () => {
    await page.goBack();
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await expect(page.getByText(/has taken care of it|Nothing is wrong/)).toBeVisible();
  });

  await test.step('the tests after this one find nothing of it', async () => {
    for (const { id } of (await mailroom.call('listAlertTargets')).items) await mailroom.call('deleteAlertTarget', { params: { id } });
    for (const { id } of (await mailroom.call('listFlows')).items) {
      await mailroom.call('undeployFlow', { params: { id } });
      await expect(async () => mailroom.call('deleteFlow', { params: { id } })).toPass();
    }
    await mailroom.call('deleteCredential', { params: { name: 'alerts' } });
  });
});
