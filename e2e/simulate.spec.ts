import { chain, deployCredential, mailSenderNode, node } from '../server/testing/flows.ts';
import { expectAccessibleInEveryLook } from './accessible.ts';
import { canvas, nodeNamed } from './editor.ts';
import { inEveryLook } from './every-look.ts';
import { expect, test } from './fixtures.ts';

/** A drawing is tried out on a mail of the real mailbox before anything is deployed. */

const mail = (subject: string) =>
  `From: ada@example.com\r\nTo: orders@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(' ', '-')}@example.com>\r\n\r\nFour chairs, please.\r\n`;

test('a drawing is simulated on a mail of the mailbox, one that is typed and one of a file', async ({
  signedIn: page,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  await deployCredential(mailroom, mailbox, 'tried-out');
  await mailbox.deliver(mail('Simulated order'));
  const at = (x: number, drawn: ReturnType<typeof node>) => ({ ...drawn, position: { x, y: 100 } });
  const draft = chain(
    at(0, mailSenderNode(mailServer, 'imap4', { credential: 'tried-out', postProcessing: 'delete' })),
    at(304, node('modify', 'content-modifier', { name: 'Shorten', bodyKind: 'set', body: 'About ${header.subject}' })),
    at(608, node('http', 'http-receiver', { url: sink.url })),
  );
  const { id } = await mailroom.call('createFlow', { body: { name: 'Tried out', draft } });
  await page.goto(`${mailroom.url}/flows/${id}`);
  await expect(canvas(page)).toBeVisible();
  const panel = page.getByRole('complementary', { name: 'Simulate' });
  const step = (name: string) => panel.getByRole('button', { name: new RegExp(`^${name}`) });

  await test.step('with a mail of the mailbox: the canvas shows its way, the panel what each step has changed', async () => {
    await page.getByRole('button', { name: 'Simulate', exact: true }).click();
    await panel.getByRole('radio', { name: /Simulated order/ }).check();
    await panel.getByRole('button', { name: 'Simulate', exact: true }).click();
    await expect(panel).toContainText('Completed: 3 steps.');
    await expect(nodeNamed(page, 'HTTP')).toContainText(/Completed/);
    await nodeNamed(page, 'Shorten').click();
    await expect(step('Shorten')).toHaveAttribute('aria-expanded', 'true');
    await expect(panel.getByRole('region', { name: 'Body' })).toContainText('+ About Simulated order');
    await expect(panel.getByRole('region', { name: 'Body' })).toContainText('− Four chairs, please.');
    await expectAccessibleInEveryLook(page, ['aside[aria-label="Simulate"]']);
    await inEveryLook(page, 'simulation', true);
    await step('HTTP').click();
    await expect(step('HTTP')).toContainText('Mocked: nothing was sent.');
    expect(sink.requests).toEqual([]);
  });

  await test.step('a receiver that is switched to live is called, and its answer shown', async () => {
    await panel.getByRole('switch', { name: 'HTTP' }).check();
    await page.keyboard.press('Control+Enter');
    await expect(step('HTTP')).toContainText('Completed, live');
    expect(sink.requests).toHaveLength(1);
  });

  await test.step('with a mail that is typed, through a drawing that was changed since', async () => {
    await panel.getByRole('switch', { name: 'HTTP' }).uncheck();
    await panel.getByRole('radio', { name: 'Typed' }).check();
    await panel.getByRole('textbox', { name: 'Subject' }).fill('Twelve tables');
    await panel.getByRole('button', { name: 'Simulate again' }).click();
    await step('Shorten').click();
    await expect(panel.getByRole('region', { name: 'Body' })).toContainText('+ About Twelve tables');
  });

  await test.step('with a mail of a file', async () => {
    await panel.getByRole('radio', { name: 'File' }).check();
    const buffer = Buffer.from(mail('From a file'));
    await panel.getByLabel('Mail file').setInputFiles({ name: 'one.eml', mimeType: 'message/rfc822', buffer });
    await expect(panel).toContainText('From a file · ada@example.com');
    await panel.getByRole('button', { name: 'Simulate again' }).click();
    await expect(step('Shorten')).toHaveAttribute('aria-expanded', 'true');
    await expect(panel.getByRole('region', { name: 'Body' })).toContainText('+ About From a file');
  });

  await test.step('and nothing was taken from the mailbox, logged or marked', async () => {
    expect(await mailbox.flags()).toEqual(['']);
    expect((await mailroom.call('listMessages', { query: { flowId: id } })).items).toEqual([]);
  });
});
