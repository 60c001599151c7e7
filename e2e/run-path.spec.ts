import { eventually } from '../server/testing/eventually.ts';
import { chain, deployCredential, deployFlow, mailSenderNode, node } from '../server/testing/flows.ts';
import { expectAccessible } from './accessible.ts';
import { canvas, nodeNamed } from './editor.ts';
import { inEveryLook } from './every-look.ts';
import { expect, test } from './fixtures.ts';

/** What happens on a deployed flow, seen on its canvas: counters, and the way of one message. */

const mail = (subject: string) =>
  `From: ada@example.com\r\nTo: orders@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(' ', '-')}@example.com>\r\n\r\nHello\r\n`;

test('a mail is counted on the canvas, and its way is drawn on the version it ran with', async ({
  signedIn: page,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  sink.respond((_request, response) => response.writeHead(422).end('order number missing'));
  await deployCredential(mailroom, mailbox, 'followed');
  const at = (x: number, drawn: ReturnType<typeof node>) => ({ ...drawn, position: { x, y: 100 } });
  const mailNode = at(0, mailSenderNode(mailServer, 'imap4', { credential: 'followed' }));
  const filter = at(
    304,
    node('filter', 'filter', { name: 'Only orders', conditions: [{ subject: 'header.subject', operator: 'contains', value: 'Order' }] }),
  );
  const http = at(608, node('http', 'http-receiver', { url: sink.url }));
  const id = await deployFlow(mailroom, 'Followed orders', chain(mailNode, filter, http));
  await page.goto(`${mailroom.url}/flows/${id}`);
  await expect(canvas(page)).toBeVisible();

  await test.step('the counters follow, live', async () => {
    await mailbox.deliver(mail('Followed Order'));
    await mailbox.deliver(mail('Newsletter'));
    await expect(nodeNamed(page, 'HTTP')).toContainText('1 failed', { timeout: 30_000 });
    await expect(nodeNamed(page, 'Only orders')).toContainText('1 done');
    await expect(nodeNamed(page, 'Only orders')).toContainText('1 ended');
    await expect(nodeNamed(page, 'Orders mailbox')).toContainText('2 done');
    await expect(page.getByText(/Counted: 2 messages since version 1/)).toBeVisible();
    await inEveryLook(page, 'live');
  });

  await test.step('the draft goes on, and the way is still drawn on the version the mail ran with', async () => {
    const { revision } = await mailroom.call('getFlow', { params: { id } });
    const shorter = chain(mailNode, { ...http, config: { ...http.config, name: 'Elsewhere' } });
    await mailroom.call('saveFlow', { params: { id }, body: { revision, draft: shorter } });
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Monitor' }).click();
    await page.getByRole('link', { name: 'Messages', exact: true }).click();
    await page.getByRole('link', { name: 'Followed Order', exact: true }).click();
    await page.getByRole('link', { name: 'Show on the canvas' }).first().click();
  });

  const way = page.getByRole('region', { name: 'Way of a message' });
  const drawn = (name: string) => way.locator('.react-flow__node').filter({ hasText: name });
  const steps = page.getByRole('complementary', { name: 'Steps' });

  await test.step('nodes say how it went there and how long it took, and the failure is open', async () => {
    await expect(drawn('Only orders')).toContainText(/Completed · \d+ ms/);
    await expect(drawn('HTTP')).toContainText(/Failed · \d+/);
    await expect(steps.getByRole('button', { name: /HTTP/ })).toHaveAttribute('aria-expanded', 'true');
    await expect(steps).toContainText(/refused the message with status 422/);
    await expect(way).toContainText('Version 1');
    await expectAccessible(page, ['[aria-label="Way of a message"]']);
    await inEveryLook(page, 'run-path');
  });

  await test.step('a node leads to its step, and the step to its line in the log', async () => {
    await drawn('Only orders').click();
    const step = steps.getByRole('button', { name: /Only orders/ });
    await expect(step).toHaveAttribute('aria-expanded', 'true');
    await expect(steps).toContainText('The message left as it came.');
    await steps.getByRole('switch', { name: 'Show what stayed the same, too' }).click();
    await expect(steps.getByRole('region', { name: 'Headers' })).toContainText('Followed Order');
    await steps.getByRole('link', { name: 'Its line in the log' }).click();
    await expect(page.getByRole('tab', { name: /Steps/ })).toHaveAttribute('aria-selected', 'true');
    await page.goBack();
    await expect(drawn('HTTP')).toBeVisible();
  });

  await test.step('another message took another way: what it did not reach is told', async () => {
    const { items } = await mailroom.call('listMessages', { query: { flowId: id } });
    const newsletter = items.find(({ subject }) => subject === 'Newsletter');
    await page.goto(`${mailroom.url}/flows/${id}?run=${newsletter?.id}`);
    await expect(drawn('Only orders')).toContainText('Ended here');
    await expect(drawn('HTTP')).toContainText('not reached');
  });

  await test.step('each attempt has its way', async () => {
    const { items } = await mailroom.call('listMessages', { query: { flowId: id } });
    const order = items.find(({ subject }) => subject === 'Followed Order');
    sink.respond((_request, response) => response.writeHead(200).end());
    await mailroom.call('retryMessage', { params: { id: order?.id ?? '' }, body: {} });
    await eventually(async () => (await mailroom.call('getMessage', { params: { id: order?.id ?? '' } })).status === 'COMPLETED');
    await page.goto(`${mailroom.url}/flows/${id}?run=${order?.id}&attempt=1`);
    await expect(drawn('HTTP')).toContainText('Failed');
    await page.goto(`${mailroom.url}/flows/${id}?run=${order?.id}`);
    await expect(drawn('HTTP')).toContainText('Completed');
  });
});
