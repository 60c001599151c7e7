import { canvas, deploy } from './editor.ts';
import { expect, keepScreenshot, signIn, test, administrator } from './fixtures.ts';

test('the practice mailbox shows a first mail within the first minute, and a test mail on request', async ({ page, newMailroom }) => {
  await page.goto(newMailroom.output.find((line) => line.includes('/set-up#token='))?.trim() ?? '');
  await page.getByLabel('Name').fill(administrator.name);
  await page.getByLabel('E-mail').fill(administrator.email);
  await page.getByLabel('Password').fill(administrator.password);
  await page.getByRole('button', { name: /create/i }).click();
  await page.getByRole('button', { name: /^Practice mailbox/ }).click();
  await canvas(page).waitFor();
  await deploy(page);
  await page.getByRole('button', { name: 'Watch messages' }).click();
  await expect(page.getByRole('row', { name: /Order 4711/ })).toContainText('COMPLETED');
  await expect(page.getByRole('row', { name: /Invoice/ })).toContainText('COMPLETED');
  await keepScreenshot(page, 'messages');

  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('button', { name: 'Send me a test mail' }).click();
  await page.getByRole('button', { name: 'Poll now' }).click();
  await page.getByRole('link', { name: 'Messages', exact: true }).click();
  await expect(page.getByRole('row', { name: /Test mail/ })).toContainText('COMPLETED', { timeout: 30_000 });
});

test('a session ends with sign-out, and nothing is shown without one', async ({ page, mailroom }) => {
  await page.goto(`${mailroom.url}/monitor/messages`);
  await signIn(page);
  await expect(page).toHaveURL(/monitor\/messages/);
  const cookies = await page.context().cookies();
  expect(cookies).toContainEqual(expect.objectContaining({ httpOnly: true, sameSite: 'Strict' }));
  await page.getByRole('button', { name: /^Signed in as/ }).click();
  await page.getByRole('menuitem', { name: /Sign out/ }).click();
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  expect((await page.request.get(`${mailroom.url}/api/v1/flows`)).status()).toBe(401);
});
