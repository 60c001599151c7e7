import type { Page } from '@playwright/test';
import { startMailServer, type MailServer, type MailUser } from '../server/testing/mail-server.ts';
import { chain, deployCredential, deployFlow, mailSenderNode, node } from '../server/testing/flows.ts';
import { expectAccessible } from './accessible.ts';
import { choose, createFlow, dragToCanvas, openTab, properties } from './editor.ts';
import { administrator, expect, keepScreenshot, test as base } from './fixtures.ts';

/** From a wrong port to a connection that works: every obstacle is cured where it is shown. */

const test = base.extend<{ strangeServer: MailServer; strangeMailbox: MailUser }>({
  /** A mail server whose certificate is from an authority that nobody knows. */
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the dependencies from the pattern
  strangeServer: async ({}, use) => {
    const server = await startMailServer();
    await use(server);
    await server.stop();
  },
  strangeMailbox: async ({ strangeServer }, use) => {
    await use(await strangeServer.createUser());
  },
});

test.describe.configure({ timeout: 120_000 });

/** A checklist offers what is deployed and may be sent to the host; these stories begin without any. */
test.beforeEach(async ({ mailroom }) => {
  await expect(async () => {
    for (const { name } of (await mailroom.call('listCredentials')).items) await mailroom.call('deleteCredential', { params: { name } });
  }).toPass();
});

const mail = (subject: string) =>
  [
    'From: Maria Lopez <maria@example.com>',
    `Subject: ${subject}`,
    'Date: Sun, 22 Nov 2026 10:00:00 +0000',
    '',
    'Please send 3 pumps to the usual place.',
    '',
  ].join('\r\n');

const item = (page: Page, title: string) =>
  properties(page).getByRole('list', { name: 'Checklist' }).getByRole('listitem').filter({ hasText: title }).first();
const testConnection = (page: Page) => properties(page).getByRole('button', { name: 'Test connection', exact: true }).first().click();
const status = (page: Page) => properties(page).getByRole('status', { name: 'Connection test' });

test('IMAP4: wrong port, unknown certificate, credential, folder and archive folder are each cured by one press', async ({
  signedIn: page,
  strangeServer,
  strangeMailbox,
}) => {
  await strangeMailbox.createFolder('Orders');
  for (const subject of ['Order 1', 'Order 2']) await strangeMailbox.deliver(mail(subject), 'Orders');
  const before = await strangeMailbox.files('Orders');

  await createFlow(page, 'Connection');
  await dragToCanvas(page, 'Mail', { x: 180, y: 260 });
  await item(page, 'Address reachable')
    .getByRole('button', { name: /^Set address/ })
    .click();
  await properties(page).getByLabel('Address').fill(`localhost:${strangeServer.ports.imap}`);
  await openTab(page, 'Checklist');

  await test.step('a port without TLS: the way that works there is offered, and Deploy is blocked until then', async () => {
    await testConnection(page);
    await expect(status(page)).toContainText('does not speak TLS');
    await expect(page.getByRole('button', { name: /problem/ }).first()).toBeVisible();
    await keepScreenshot(page, 'connection-wrong-port');
    await expectAccessible(page);
    await properties(page)
      .getByRole('button', { name: /^Set STARTTLS Mandatory/ })
      .click();
  });

  await test.step('an unknown certificate is shown with all that identifies it, and trusted', async () => {
    await expect(status(page)).toContainText('not from a known authority');
    const chain = properties(page).getByRole('list', { name: 'Certificates of the server' });
    await expect(chain).toContainText('SHA-256');
    await expect(chain).toContainText('days left');
    await keepScreenshot(page, 'connection-certificate');
    await expectAccessible(page);
    await properties(page)
      .getByRole('button', { name: /^Trust this certificate/ })
      .click();
    await expect(item(page, 'Trusted certificate deployed')).toContainText("'localhost' is trusted");
  });

  await test.step('without a credential the test goes as far as that leads', async () => {
    await expect(item(page, 'Sign-in works')).toContainText('Credential Name is missing');
    await item(page, 'User Credentials deployed')
      .getByRole('button', { name: /^Create and deploy/ })
      .click();
    const dialog = page.getByRole('dialog', { name: 'New User Credentials' });
    await dialog.getByLabel('Name').fill('strange');
    await dialog.getByLabel('User', { exact: true }).fill(strangeMailbox.user);
    await dialog.getByLabel('Password').fill(strangeMailbox.password);
    await dialog.getByRole('button', { name: 'Deploy' }).click();
    await expect(item(page, 'Sign-in works')).toContainText(`Signed in as ${strangeMailbox.user}`);
  });

  await test.step('the folder is picked from those of the server, by keyboard', async () => {
    await openTab(page, 'Processing');
    const folder = properties(page).getByRole('combobox', { name: 'Folder', exact: true });
    await folder.click();
    await expect(page.getByRole('option', { name: 'Orders' })).toBeVisible();
    await keepScreenshot(page, 'connection-folders');
    // All but the field and its list is hidden from screen readers while the list is open.
    await expectAccessible(page, ['[role="listbox"]', '[role="combobox"]']);
    await folder.fill('ord');
    await expect(page.getByRole('option')).toHaveCount(1);
    await folder.press('ArrowDown');
    await folder.press('Enter');
    await expect(folder).toHaveValue('Orders');
  });

  await test.step('the archive folder is created in the mailbox', async () => {
    await choose(page, 'Post-Processing', 'Archive');
    const archive = properties(page).getByRole('combobox', { name: 'Archive Folder', exact: true });
    await archive.fill('Done');
    await page.getByRole('option', { name: "Create folder 'Done'" }).click();
    await expect(page.getByText("The folder 'Done' is there now.")).toBeVisible();
    await expect(archive).toHaveValue('Done');
  });

  await test.step('the whole checklist is done, and the next mails are shown without being touched', async () => {
    await openTab(page, 'Checklist');
    await testConnection(page);
    await expect(properties(page).getByText('11 of 11 done')).toBeVisible({ timeout: 30_000 });
    await expect(properties(page).getByRole('list', { name: 'Next mails' })).toContainText('Order 1');
    await expect(item(page, 'Folder exists')).toContainText('2 would be taken now');
    await keepScreenshot(page, 'connection-done');
    await expectAccessible(page);
    expect(await strangeMailbox.files('Orders')).toEqual(before);
  });

  await test.step('each fix is one step of undo', async () => {
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page
      .getByRole('group', { name: /Mail sender/ })
      .first()
      .dblclick();
    await openTab(page, 'Processing');
    await expect(properties(page).getByRole('combobox', { name: 'Archive Folder', exact: true })).not.toHaveValue('Done');
  });
});

test('the settings of a mailbox are proposed from its e-mail address, and using them is one step of undo', async ({ signedIn: page }) => {
  await createFlow(page, 'Proposed');
  await dragToCanvas(page, 'Mail', { x: 180, y: 260 });
  await item(page, 'Address reachable')
    .getByRole('button', { name: /^Propose settings/ })
    .click();
  const dialog = page.getByRole('dialog', { name: 'Settings from an e-mail address' });

  await test.step('an address of nobody ends in time with what to do', async () => {
    await dialog.getByLabel('E-mail address').fill('ada@mail.invalid');
    await dialog.getByRole('button', { name: 'Find settings' }).click();
    await expect(dialog).toContainText('No settings were found for mail.invalid', { timeout: 15_000 });
    await expect(dialog.getByRole('button', { name: 'Use these settings' })).toBeDisabled();
    await keepScreenshot(page, 'propose-nothing');
  });

  await test.step('a known service is shown with where it comes from and what it asks for', async () => {
    await dialog.getByLabel('E-mail address').fill('ada@gmx.de');
    await dialog.getByLabel('E-mail address').press('Enter');
    await expect(dialog.getByRole('radio', { name: /IMAP4 at imap.gmx.net/ })).toBeChecked();
    await expect(dialog).toContainText('Known settings of GMX');
    await expectAccessible(page);
    await keepScreenshot(page, 'propose-found');
    await dialog.getByRole('radio', { name: /POP3 at pop.gmx.net/ }).check();
    await dialog.getByRole('button', { name: 'Use these settings' }).click();
  });

  await test.step('the form holds them, and one undo takes them back', async () => {
    await openTab(page, 'Connection');
    await expect(properties(page).getByLabel('Address', { exact: true })).toHaveValue('pop.gmx.net');
    await expect(properties(page).getByRole('radio', { name: 'POP3' })).toBeChecked();
    await properties(page).getByRole('button', { name: 'Create and deploy…' }).click();
    await expect(page.getByRole('dialog', { name: 'New User Credentials' }).getByLabel('User', { exact: true })).toHaveValue('ada@gmx.de');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(properties(page).getByLabel('Address', { exact: true })).toHaveValue('');
    await expect(properties(page).getByRole('radio', { name: 'IMAP4' })).toBeChecked();
  });
});

test('the first visit leads from an e-mail address to a channel whose checklist is half done', async ({ page, newMailroom }) => {
  await page.goto(newMailroom.output.find((line) => line.includes('/set-up#token='))?.trim() ?? '');
  await page.getByLabel('Name').fill(administrator.name);
  await page.getByLabel('E-mail').fill(administrator.email);
  await page.getByLabel('Password').fill(administrator.password);
  await page.getByRole('button', { name: /create/i }).click();

  await page.getByRole('button', { name: /^My mailbox/ }).click();
  const dialog = page.getByRole('dialog', { name: 'My mailbox' });
  await dialog.getByLabel('E-mail address').fill('ada@posteo.de');
  await dialog.getByRole('button', { name: 'Find settings' }).click();
  await expect(dialog.getByRole('radio', { name: /IMAP4 at posteo.de/ })).toBeChecked();
  await expectAccessible(page);
  await keepScreenshot(page, 'my-mailbox');
  await page.setViewportSize({ width: 390, height: 844 });
  await keepScreenshot(page, 'my-mailbox-phone');
  await page.setViewportSize({ width: 1280, height: 800 });
  await dialog.getByLabel('Name').fill('Post');
  await dialog.getByRole('button', { name: 'Create' }).click();

  await expect(item(page, 'Address reachable')).toContainText('posteo.de, port 993');
  await item(page, 'User Credentials deployed')
    .getByRole('button', { name: /^Create and deploy/ })
    .click();
  const credential = page.getByRole('dialog', { name: 'New User Credentials' });
  await expect(credential.getByLabel('User', { exact: true })).toHaveValue('ada@posteo.de');
  await expect(credential.getByLabel(/hosts/i)).toHaveValue('posteo.de');
});

test('POP3: the other protocol and an unknown certificate are cured, and the inbox is shown untouched', async ({
  signedIn: page,
  mailroom,
  strangeServer,
  strangeMailbox,
}) => {
  for (const subject of ['Order 1', 'Order 2']) await strangeMailbox.deliver(mail(subject));
  const { user, password } = strangeMailbox;
  await mailroom.call('createCredential', { body: { name: 'pop3-mailbox', user, password, allowedHosts: ['127.0.0.1'] } });

  await createFlow(page, 'POP3');
  await dragToCanvas(page, 'Mail', { x: 180, y: 260 });
  await item(page, 'Address reachable')
    .getByRole('button', { name: /^Set address/ })
    .click();
  await properties(page).getByLabel('Address', { exact: true }).fill(`127.0.0.1:${strangeServer.ports.pop3s}`);
  await openTab(page, 'Checklist');

  await item(page, 'Credential Name set')
    .getByRole('button', { name: /^Use 'pop3-mailbox'/ })
    .click();
  await testConnection(page);
  await properties(page)
    .getByRole('button', { name: /^Trust this certificate/ })
    .click();
  await properties(page)
    .getByRole('button', { name: /^Set Transport Protocol to POP3, POP3S/ })
    .click();
  await expect(properties(page).getByText('11 of 11 done')).toBeVisible({ timeout: 30_000 });
  await expect(item(page, 'Inbox readable')).toContainText('2 would be taken now');
  await expect(properties(page).getByRole('list', { name: 'Next mails' })).toContainText('Order 2');
  await expectAccessible(page);
  await keepScreenshot(page, 'connection-pop3');
  expect((await strangeMailbox.files()).map(({ flags, raw }) => [flags, raw.toString()])).toEqual([
    ['', mail('Order 1')],
    ['', mail('Order 2')],
  ]);
});

test('fields that do not apply vanish and keep what was typed until they return', async ({ signedIn: page }) => {
  await createFlow(page, 'Kept');
  await dragToCanvas(page, 'Mail', { x: 180, y: 260 });
  await openTab(page, 'Processing');
  await choose(page, 'Post-Processing', 'Archive');
  const archive = properties(page).getByRole('combobox', { name: 'Archive Folder', exact: true });
  await archive.fill('Done');
  // The list has nothing to offer yet, and Escape closes only the list.
  await archive.click();
  await expect(page.getByText('Then the folders can be listed')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByText('Then the folders can be listed')).toBeHidden();
  await expect(properties(page)).toBeVisible();

  await openTab(page, 'Connection');
  await properties(page).getByRole('radio', { name: 'POP3' }).check();
  await openTab(page, 'Processing');
  await expect(archive).toHaveCount(0);
  await expect(properties(page).getByText('Archive Folder')).toHaveCount(0);

  await openTab(page, 'Connection');
  await properties(page).getByRole('radio', { name: 'IMAP4' }).check();
  await openTab(page, 'Processing');
  await expect(archive).toHaveValue('Done');
});

test('a deployed channel is tested from the monitor, and nothing of it changes', async ({
  signedIn: page,
  mailroom,
  mailServer,
  mailbox,
}) => {
  await mailbox.deliver(mail('Order 1'));
  await deployCredential(mailroom, mailbox, 'monitored');
  const sender = mailSenderNode(mailServer, 'imap4', {
    credential: 'monitored',
    startWith: 'new',
    schedule: { kind: 'interval', every: 12, unit: 'hours' },
  });
  const draft = chain(sender, node('file', 'file-receiver', { folder: 'monitored' }));
  const flowId = await deployFlow(mailroom, 'Monitored', draft);

  await page.goto(`${mailroom.url}/monitor`);
  await page.getByRole('link', { name: 'Test the connection of Orders mailbox' }).click();
  await expect(page.getByRole('combobox', { name: 'Channel' })).toContainText('Orders mailbox, deployed v1');
  await page.getByRole('button', { name: 'Test connection' }).click();
  const result = page.getByRole('region', { name: 'Result' });
  await expect(result).toContainText('The connection works', { timeout: 30_000 });
  await expect(result.getByRole('list', { name: 'Folders' })).toContainText('INBOX');
  await expectAccessible(page);
  await keepScreenshot(page, 'connectivity');

  await page.getByLabel('Address', { exact: true }).fill(`localhost:${mailServer.ports.imaps}`);
  await page.getByRole('button', { name: 'Test connection' }).click();
  await result.getByRole('button', { name: /^Set Protection to IMAPS/ }).click();
  await expect(result.getByRole('list', { name: 'Certificates of the server' })).toBeVisible({ timeout: 30_000 });
  expect((await mailroom.call('getFlow', { params: { id: flowId } })).draft).toEqual(draft);
});
