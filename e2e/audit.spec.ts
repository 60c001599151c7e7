import { expectAccessibleInEveryLook } from './accessible.ts';
import { expect, keepScreenshot, test } from './fixtures.ts';

test('the audit log says who changed what, from where, and what it was before', async ({ signedIn: page, mailroom }) => {
  const credential = {
    description: 'Reads orders',
    user: 'orders',
    password: 'never shown to anybody',
    allowedHosts: ['imap.example.com'],
  };
  await mailroom.call('createCredential', { body: { name: 'audit-story', ...credential } });
  const { password: _kept, ...change } = { ...credential, description: 'Reads orders and returns', allowedHosts: ['mail.example.com'] };
  await mailroom.call('saveCredential', { params: { name: 'audit-story' }, body: change });

  await page.getByRole('link', { name: 'Monitor' }).click();
  await page.getByRole('link', { name: 'Audit log' }).click();
  await page.getByLabel('To what: name or id').fill('audit-story');
  const table = page.getByRole('region', { name: 'Audit log' });
  await expect(table.getByRole('row')).toHaveCount(3);
  await page.getByRole('button', { name: 'Show details of Save credential' }).click();
  const changed = (text: string) => table.locator('tr').filter({ hasText: new RegExp(`^${text}$`) });
  await expect(changed('descriptionReads ordersReads orders and returns')).toBeVisible();
  await expect(changed('allowedHosts 1imap.example.commail.example.com')).toBeVisible();
  await expect(page.locator('body')).not.toContainText(credential.password);
  await keepScreenshot(page, 'audit-log');
  await expectAccessibleInEveryLook(page);

  await page.setViewportSize({ width: 390, height: 844 });
  await keepScreenshot(page, 'audit-log-phone');
  await page.reload();
  await expect(page.getByLabel('To what: name or id')).toHaveValue('audit-story');
  await expect(changed('descriptionReads ordersReads orders and returns')).toBeVisible();
});
