import { chain, node } from '../server/testing/flows.ts';
import { cookieAfter, httpClient } from '../server/testing/http-client.ts';
import { roleTable, roles, type Permission, type Role } from '../shared/roles.ts';
import { expectAccessibleInEveryLook } from './accessible.ts';
import { nodeNamed, openTab, properties } from './editor.ts';
import { inEveryLook } from './every-look.ts';
import { expect, keepScreenshot, test } from './fixtures.ts';
import { browserOf, invited, password } from './people.ts';

/** What people of each role find on the screens; what the server allows them is in server/http/roles.int.test.ts. */

const draft = chain(
  { ...node('mail', 'mail-sender', { address: 'imap.example.com', credential: 'orders' }), position: { x: 0, y: 0 } },
  { ...node('http', 'http-receiver', { name: 'Order service', url: 'https://orders.example.com' }), position: { x: 304, y: 0 } },
);

test('a person is invited by a link, chooses a password, and sees what a viewer sees', async ({ signedIn: page, mailroom, browser }) => {
  await page.goto(`${mailroom.url}/access/users`);
  await page.getByRole('button', { name: 'Invite a person' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Vera Viewer');
  await dialog.getByLabel('E-mail').fill('vera@example.com');
  await expect(dialog.getByRole('radio', { name: 'Viewer' })).toBeChecked();
  await dialog.getByRole('button', { name: 'Make the link' }).click();
  const link = await dialog.getByLabel('Link').inputValue();
  await dialog.getByRole('button', { name: 'Done' }).click();
  const row = page.getByRole('row', { name: /Vera Viewer/ });
  await expect(row).toContainText('Invited');

  const context = await browser.newContext();
  const theirs = await context.newPage();
  await theirs.goto(link);
  await expect(theirs.getByText('You sign in as vera@example.com')).toBeVisible();
  const field = theirs.getByLabel('Password', { exact: true });
  await field.fill('vera');
  await expect(theirs.getByText('4 so far')).toBeVisible();
  await field.fill('vera viewer 2026 mailroom');
  await expect(theirs.getByText(/mostly your name/)).toBeVisible();
  await expectAccessibleInEveryLook(theirs);
  await keepScreenshot(theirs, 'welcome');
  await field.fill(password);
  await theirs.getByRole('button', { name: 'Set password and sign in' }).click();
  await theirs.getByRole('navigation', { name: 'Main' }).waitFor();
  await theirs.getByRole('button', { name: 'Signed in as Vera Viewer, Viewer' }).click();
  await expect(theirs.getByRole('menuitem', { name: 'Your account' })).toBeVisible();
  await expect(theirs.getByRole('menuitem', { name: 'Users' })).toHaveCount(0);
  await theirs.keyboard.press('Escape');

  // Whoever opens the link again finds it used.
  await theirs.goto(link);
  await expect(theirs.getByText('was used already')).toBeVisible();
  await theirs.goto(`${mailroom.url}/access/users`);
  await expect(theirs.getByRole('alert')).toContainText('needs the permission "administer"');
  await context.close();
  await expect(row).toContainText('Active');
});

test('each role is shown what it may not do dim, with the reason', async ({ mailroom, browser }) => {
  const { id } = await mailroom.call('createFlow', { body: { name: 'Seen by four', draft } });
  // The other stories are those of an administrator.
  for (const role of roles.filter((one) => one !== 'administrator')) {
    const page = await browserOf(browser, mailroom, await invited(mailroom, `Four ${role}`, role));
    const may = (permission: Permission) => roleTable[role].may.includes(permission);
    const expectShown = async (name: string, isAllowed: boolean) => {
      const button = page.getByRole('button', { name, exact: true }).first();
      if (isAllowed) await expect(button, `${name} for ${role}`).not.toHaveAttribute('aria-description', /you may not/);
      else await expect(button, `${name} for ${role}`).toHaveAttribute('aria-description', whyNot(role));
      if (!isAllowed) await expect(button).toHaveAttribute('aria-disabled', 'true');
    };
    await expectShown('New flow', may('design'));
    await page.goto(`${mailroom.url}/flows/${id}`);
    await expectShown('Simulate', may('design'));
    await expectShown('Deploy', may('deploy'));
    await expect(page.getByRole('navigation', { name: 'Palette' })).toHaveCount(may('design') ? 1 : 0);
    await nodeNamed(page, 'Order service').click();
    await openTab(page, 'Connection');
    const url = properties(page).getByRole('textbox', { name: 'Address', exact: true });
    await expect(url).toHaveValue('https://orders.example.com');
    await expect(url).toBeEnabled({ enabled: may('design') });
    if (role === 'operator') await keepScreenshot(page, 'editor-operator');
    await page.goto(`${mailroom.url}/monitor/alerts`);
    await expect(page.getByRole('link', { name: 'Rules' })).toBeVisible();
    await expect(page.getByRole('link', { name: 'Who is told' })).toHaveCount(may('administer') ? 1 : 0);
    await page.goto(`${mailroom.url}/access`);
    await expect(page.getByRole('navigation', { name: 'Access' }).getByRole('link', { name: 'Users' })).toHaveCount(
      may('administer') ? 1 : 0,
    );
    await page.context().close();
  }
});

const whyNot = (role: Role) => new RegExp(`With the role ${roleTable[role].title} you may not`);

test('a change of a role counts in windows that are open, and a person signs out everywhere', async ({ mailroom, browser }) => {
  const person = await invited(mailroom, 'Rita Roles', 'developer');
  const page = await browserOf(browser, mailroom, person);
  const elsewhere = await browserOf(browser, mailroom, await signedInAgain(mailroom.url, person.email));
  const create = page.getByRole('button', { name: 'New flow', exact: true });
  await expect(create).not.toHaveAttribute('aria-disabled', 'true');
  await mailroom.call('saveUser', { params: { id: person.id }, body: { name: 'Rita Roles', role: 'operator', isDisabled: false } });
  await expect(create).toHaveAttribute('aria-description', whyNot('operator'));

  await page.goto(`${mailroom.url}/account`);
  await expect(page.getByRole('heading', { name: 'Role: Operator' })).toBeVisible();
  await expect(page.getByRole('row', { name: /this one/ })).toBeVisible();
  await inEveryLook(page, 'account');
  await expectAccessibleInEveryLook(page);
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(elsewhere.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Sign out everywhere else' })).toHaveAttribute('aria-disabled', 'true');

  await mailroom.call('saveUser', { params: { id: person.id }, body: { name: 'Rita Roles', role: 'operator', isDisabled: true } });
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('E-mail or password is wrong');
  for (const one of [page, elsewhere]) await one.context().close();
});

async function signedInAgain(url: string, email: string): Promise<{ cookie: string }> {
  const { response } = await httpClient(url).callWithResponse('signIn', { body: { email, password } });
  return { cookie: cookieAfter(response) };
}

test('administrators find users and tokens in every look', async ({ signedIn: page, mailroom }) => {
  const locked = await invited(mailroom, 'Lena Locked', 'operator');
  for (let i = 0; i < 5; i++) await httpClient(mailroom.url).send('POST', '/sign-in', { email: locked.email, password: 'guess' });
  await page.goto(`${mailroom.url}/access/users`);
  await page.getByRole('row', { name: /Lena Locked/ }).waitFor();
  await inEveryLook(page, 'users');
  await expectAccessibleInEveryLook(page);
  const actions = page.getByRole('button', { name: 'Actions for Lena Locked' });
  await actions.click();
  await page.getByRole('menuitem', { name: 'Edit…' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.getByRole('radio', { name: 'Developer' }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row', { name: /Lena Locked/ })).toContainText('Developer');
  await actions.click();
  await page.getByRole('menuitem', { name: 'Sessions…' }).click();
  const sessions = page.getByRole('dialog', { name: 'Sessions of Lena Locked' });
  await expect(sessions.getByRole('row')).toHaveCount(2);
  await expectAccessibleInEveryLook(page, ['[role=dialog]']);
  await keepScreenshot(page, 'user-sessions');
  await sessions.getByRole('button', { name: /^Sign out/ }).click();
  await expect(sessions).toContainText('Lena Locked is not signed in anywhere.');
  await sessions.getByRole('button', { name: 'Close' }).first().click();
  await actions.click();
  await page.getByRole('menuitem', { name: 'Reset password…' }).click();
  await page.getByRole('button', { name: 'Make the link' }).click();
  await expect(page.getByRole('textbox', { name: 'Link' })).toHaveValue(/\/welcome#token=/);
  await expectAccessibleInEveryLook(page, ['[role=dialog]']);
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('row', { name: /Lena Locked/ })).toContainText('Invited');

  await page.goto(`${mailroom.url}/access/tokens`);
  await page.getByRole('button', { name: 'New API token' }).first().click();
  await page.getByLabel('Name').fill('pipeline of roles');
  await page.getByRole('radio', { name: 'Operator' }).check();
  await keepScreenshot(page, 'create-token');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await expect(page.getByRole('textbox', { name: 'API token' })).toHaveValue(/^mailroom_/);
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('row', { name: /pipeline of roles/ })).toContainText('Operator');
  await keepScreenshot(page, 'tokens');
});
