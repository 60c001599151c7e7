import { eventually } from '../server/testing/eventually.ts';
import { deployCredential, deployFlow, mailToHttp } from '../server/testing/flows.ts';
import { mailWith } from '../server/testing/mail-with.ts';
import { inEveryLook } from './every-look.ts';
import { expect, test } from './fixtures.ts';

/** What a person decides about mails that others touched: stories told in the monitor. */

test('mails that someone else read are offered, and so is a done mail that was marked unread again', async ({
  signedIn: page,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  await deployCredential(mailroom, mailbox, 'shared');
  await mailbox.deliver(mailWith('Invoice 17 of Blue Pumps Ltd.'));
  const flowId = await deployFlow(
    mailroom,
    'Shared mailbox',
    mailToHttp(mailServer, 'imap4', sink.url, { credential: 'shared', maxMailMb: 1 }),
  );
  const deployment = async () => (await mailroom.call('listDeployments')).items.find((one) => one.flowId === flowId);
  await eventually(async () => (await mailbox.flags())[0] === 'S', { what: 'the first mail to be done', deadlineMs: 20_000 });

  // A colleague reads two mails while the flow is stopped, and marks the done one unread.
  await mailroom.call('undeployFlow', { params: { id: flowId } });
  await eventually(async () => (await deployment()) === undefined);
  for (const subject of ['Order 4711', 'Order 4712']) {
    await mailbox.deliver(mailWith(subject));
    await mailbox.setSeen(subject, true);
  }
  await mailbox.deliver(mailWith('Plans of the new hall', { text: 'x'.repeat(1_300_000) }));
  await mailbox.setSeen('Invoice 17 of Blue Pumps Ltd.', false);
  await mailroom.call('deployFlow', { params: { id: flowId }, body: {} });
  await eventually(async () => (await deployment())?.channels[0]?.offers.readElsewhere === 2, { deadlineMs: 20_000 });

  await page.goto(`${mailroom.url}/monitor`);
  const panel = page.getByRole('region', { name: 'Shared mailbox' });
  await expect(panel).toContainText('2 mails were read by someone else');
  await expect(panel).toContainText('1 mail was marked unread again');
  await inEveryLook(page, 'offers-overview');

  await page.goto(`${mailroom.url}/monitor/polls`);
  await expect(page.getByRole('row').nth(1)).toContainText('read by someone else');
  await inEveryLook(page, 'offers-polls');
  await page.getByRole('button', { name: 'Take anyway' }).first().click();
  await expect(page.getByText('2 mails are taken in now.')).toBeVisible();
  await expect.poll(() => sink.requests.length).toBe(3);
  await expect(page.getByRole('button', { name: 'Take anyway' })).toHaveCount(0);

  await page.getByRole('button', { name: 'Process again…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Process again' });
  await expect(dialog).toContainText('Invoice 17 of Blue Pumps Ltd.');
  await inEveryLook(page, 'offers-dialog');
  await dialog.getByRole('button', { name: 'Process again' }).click();
  await expect(dialog).toContainText('Nothing is left to decide.');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect.poll(() => sink.requests.length).toBe(4);

  await page.goto(`${mailroom.url}/monitor/messages`);
  await page.getByRole('link', { name: 'Invoice 17 of Blue Pumps Ltd.' }).first().click();
  await expect(page.getByRole('complementary', { name: 'Message' })).toContainText('Repeat of');
  await inEveryLook(page, 'offers-message');

  await page.goto(`${mailroom.url}/monitor/quarantine`);
  await expect(page.getByRole('list').filter({ hasText: 'Plans of the new hall' })).toContainText('Ada <ada@example.com>');
  await inEveryLook(page, 'offers-quarantine');
  await page.getByRole('button', { name: 'Take anyway' }).click();
  await expect.poll(() => sink.requests.length).toBe(5);
});
