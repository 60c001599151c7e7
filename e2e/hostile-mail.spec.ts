import { startCanary } from '../server/testing/canary.ts';
import { eventually } from '../server/testing/eventually.ts';
import { deployCredential, deployFlow, mailToHttp } from '../server/testing/flows.ts';
import { armed, htmlAttacks, mailOf, mailOfNames } from '../server/testing/html-attacks.ts';
import { expect, keepScreenshot, test } from './fixtures.ts';

/** Many attacks in one mail; `npm run hostile-html` tries each on its own, and each wall alone. */
test('a mail made to attack its reader is shown as text: nothing runs, nothing is asked for', async ({
  signedIn: page,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  const canary = await startCanary();
  const aim = {
    url: `http://127.0.0.1:${canary.port}/hit`,
    script: `fetch(\`http://127.0.0.1:${canary.port}/ran\`),top.attacked=1,alert(1)`,
  };
  const perMail = Math.ceil(htmlAttacks.length / 4);
  const groups = Array.from({ length: 4 }, (_, index) => htmlAttacks.slice(index * perMail, (index + 1) * perMail));
  for (const [index, attacks] of groups.entries()) {
    const html = `<h1>Your parcel</h1><p>Pay <b>2 €</b> <a href="https://evil.test/pay">https://bank.test/pay</a></p>${attacks.map((attack) => armed(attack, aim)).join('\n')}`;
    await mailbox.deliver(mailOf(`Hostile ${index}`, html));
  }
  await mailbox.deliver(mailOfNames(aim));
  await deployCredential(mailroom, mailbox, 'hostile');
  const flowId = await deployFlow(
    mailroom,
    'Hostile mails',
    mailToHttp(mailServer, 'imap4', sink.url, { credential: 'hostile', body: 'html' }),
  );
  const messages = await eventually(
    async () => {
      const { items } = await mailroom.call('listMessages', { query: { flowId, status: 'COMPLETED' } });
      return items.length === groups.length + 1 && items;
    },
    { what: 'all mails', deadlineMs: 30_000 },
  );

  const events: string[] = [];
  page.on('dialog', (dialog) => {
    events.push('dialog');
    void dialog.dismiss();
  });
  page.on('popup', () => events.push('popup'));
  page.on('download', () => events.push('download'));
  for (const { id, subject } of messages.filter((message) => message.subject.startsWith('Hostile'))) {
    await page.goto(`${mailroom.url}/monitor/messages/${id}#message`);
    const frame = page.frameLocator('iframe[title="Body of the mail"]');
    await expect(frame.getByText('[https://evil.test/pay]'), subject).toBeVisible();
    await expect(
      frame.locator('script, style:not(head style), link, iframe, object, embed, form, input, svg, math, [onclick], [onerror], a'),
    ).toHaveCount(0);
    await page.getByTitle('Body of the mail').click({ position: { x: 40, y: 40 } });
    expect(page.url(), subject).toContain(id);
    if (subject === 'Hostile 0') await keepScreenshot(page, 'hostile-mail');
  }

  const named = messages.find((message) => message.subject.startsWith('Names'));
  await page.goto(`${mailroom.url}/monitor/messages/${named?.id ?? ''}`);
  const pane = page.getByRole('complementary', { name: 'Message' });
  await expect(pane.getByRole('heading', { level: 2 })).toContainText('Names ⟨U+202E⟩txt.exe <img src=x onerror=');
  await pane.getByRole('tab', { name: 'Attachments' }).click();
  await expect(pane.getByText('invoicefdp.exe')).toBeVisible();
  await pane.getByRole('tab', { name: 'Raw mail' }).click();
  await expect(pane.getByText('Content-Disposition: attachment').first()).toBeVisible();

  expect(events).toEqual([]);
  expect(canary.heard).toEqual([]);
  expect(canary.connections()).toBe(0);
  expect(await page.evaluate(() => 'attacked' in globalThis)).toBe(false);
  await canary.close();
});
