import { eventually } from '../server/testing/eventually.ts';
import { allDayEvery } from '../shared/schedule.ts';
import { deployCredential, deployFlow, mailToHttp } from '../server/testing/flows.ts';
import { makeDataDirectory, startMailroomProcess } from '../server/testing/mailroom-process.ts';
import { mailWith } from '../server/testing/mail-with.ts';
import { expectAccessible } from './accessible.ts';
import { inEveryLook } from './every-look.ts';
import { administrator, expect, signIn, test } from './fixtures.ts';

/** What operators do when mails do not come in: locks, quarantine, back-pressure. */

test('a lock is released with a reason, and everybody sees who did it and why', async ({
  signedIn: page,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  await deployCredential(mailroom, mailbox, 'held');
  const flow = mailToHttp(mailServer, 'imap4', sink.url, {
    credential: 'held',
    autoDisconnect: false,
    schedule: allDayEvery(1, 'minutes'),
  });
  await deployFlow(mailroom, 'Orders', flow);
  await page.goto(`${mailroom.url}/monitor/locks`);
  const row = page.getByRole('row').filter({ hasText: `localhost/${mailbox.user}/INBOX` });
  await expect(row.first()).toContainText('Orders · Orders mailbox');
  await inEveryLook(page, 'locks');

  await row.getByRole('button', { name: /^Release the lock on/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Release this lock?' });
  await dialog.getByRole('button', { name: 'Release' }).click();
  await expect(dialog).toContainText('Say why you release it.');
  await expectAccessible(page, ['[role=dialog]']);
  await inEveryLook(page, 'locks-dialog');
  await dialog.getByLabel('Reason').fill('the provider asks for a free mailbox');
  await dialog.getByRole('button', { name: 'Release' }).click();
  await expect(dialog).toBeHidden();
  const released = page.getByRole('region', { name: 'Released by people' });
  await expect(released).toContainText('the provider asks for a free mailbox');
  await expect(released).toContainText(administrator.email);
  await inEveryLook(page, 'locks-released');

  // The poll whose connection waited says so, although the same process has taken the mailbox again at once.
  await page.goto(`${mailroom.url}/monitor/polls`);
  await expect(page.getByText(/released by ada@example.com: the provider asks for a free mailbox/).first()).toBeVisible({
    timeout: 15_000,
  });
});

test('several mails in quarantine are tried again and discarded at once', async ({
  signedIn: page,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  const filler = Array.from({ length: 40_000 }, (_, index) => `X-Filler-${index}: ${'x'.repeat(40)}`).join('\r\n');
  for (const subject of ['Poison 1', 'Poison 2', 'Poison 3'])
    await mailbox.deliver(mailWith(subject).replace('\r\n\r\n', `\r\n${filler}\r\n\r\n`));
  await deployCredential(mailroom, mailbox, 'several');
  const flowId = await deployFlow(mailroom, 'Several', mailToHttp(mailServer, 'imap4', sink.url, { credential: 'several' }));
  const aside = async () => (await mailroom.call('listQuarantine')).items.filter((mail) => mail.flowId === flowId);
  await eventually(async () => (await aside()).length === 3, { what: 'three mails set aside', deadlineMs: 20_000 });

  await page.goto(`${mailroom.url}/monitor/quarantine`);
  const download = page.waitForEvent('download');
  await page.getByRole('listitem').filter({ hasText: 'Poison 1' }).getByRole('link', { name: 'Raw mail' }).click();
  expect((await download).suggestedFilename()).toMatch(/\.eml$/);

  const before = (await aside()).map(({ id }) => id);
  for (const subject of ['Poison 1', 'Poison 2']) await page.getByLabel(`Select ‘${subject}’`).check();
  await expect(page.getByText(/^2 of \d+ selected$/)).toBeVisible();
  await inEveryLook(page, 'quarantine-selected');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Try again' }).first().click();
  await expect(page.getByText('2 mails are being tried again.')).toBeVisible();
  // They can't be read this time either.
  await eventually(async () => (await aside()).filter(({ id }) => !before.includes(id)).length === 2, { deadlineMs: 20_000 });

  // The same subjects, set aside anew: those that were listed before are settled.
  await page.reload();
  for (const subject of ['Poison 1', 'Poison 2', 'Poison 3']) await page.getByLabel(`Select ‘${subject}’`).check();
  await page.getByRole('button', { name: 'Discard…' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Discard 3 mails?' });
  await dialog.getByRole('button', { name: 'Discard' }).click();
  await expect(page.getByText('3 mails are being discarded.')).toBeVisible();
  await eventually(async () => (await aside()).length === 0, { what: 'an empty quarantine' });
  await page.goto(`${mailroom.url}/monitor/bulk`);
  await expect(page.getByRole('row', { name: /Discard from quarantine/ })).toContainText('3 of 3');
});

test('a disk that is nearly full stops intake, and the overview says why and what to do', async ({ page, mailServer, mailbox, sink }) => {
  const data = await makeDataDirectory();
  const mailroom = await startMailroomProcess({
    dataDirectory: data.path,
    env: {
      MAILROOM_ADMIN_EMAIL: administrator.email,
      MAILROOM_ADMIN_PASSWORD: administrator.password,
      // More than any disk has.
      MAILROOM_FREE_MB: '100000000',
    },
  });
  try {
    await deployCredential(mailroom, mailbox);
    await mailbox.deliver(mailWith('Order 1'));
    await deployFlow(mailroom, 'Orders', mailToHttp(mailServer, 'imap4', sink.url));
    await page.goto(`${mailroom.url}/monitor`);
    await signIn(page);
    await page.goto(`${mailroom.url}/monitor`);
    const banner = page.getByRole('region', { name: 'Intake is paused' });
    await expect(banner).toContainText('wait on the mail server');
    await expect(page.getByRole('region', { name: 'Orders', exact: true })).toContainText('Paused');
    await inEveryLook(page, 'intake-paused');
    await expectAccessible(page);
    await page.goto(`${mailroom.url}/monitor/polls`);
    await expect(page.getByRole('row').nth(1)).toContainText('1 mail(s) of this poll wait on the mail server.');
    await inEveryLook(page, 'intake-paused-polls');
    expect(sink.requests).toEqual([]);
  } finally {
    await mailroom.stop();
    await data.remove();
  }
});
