import { deployCredential } from '../server/testing/flows.ts';
import { mailWith } from '../server/testing/mail-with.ts';
import { connect, createFlow, deploy, dragToCanvas, nodeNamed, openTab, properties } from './editor.ts';
import { expect, test } from './fixtures.ts';

const close = 'Close properties';

test('a flow with a branch is drawn with the mouse, deployed, and sorts mails', async ({
  signedIn: page,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  test.setTimeout(120_000);
  await deployCredential(mailroom, mailbox, mailbox.user);
  await createFlow(page, 'Sorted');

  await dragToCanvas(page, 'Mail', { x: 120, y: 220 });
  await openTab(page, 'Connection');
  await properties(page).getByLabel('Address').fill(`localhost:${mailServer.ports.imaps}`);
  await properties(page).getByLabel('Credential Name', { exact: true }).fill(mailbox.user);
  await properties(page).getByRole('button', { name: close }).click();

  await dragToCanvas(page, 'Router', { x: 420, y: 220 });
  await openTab(page, 'Routes');
  await properties(page).getByRole('button', { name: 'Add route' }).click();
  await properties(page).getByLabel('Name of route 1').fill('Orders');
  await properties(page).getByLabel('Value 1').fill('order');
  await properties(page).getByRole('button', { name: 'Add route' }).click();
  await properties(page).getByLabel('Name of route 2').fill('Bills');
  await properties(page).getByLabel('Value 1').nth(1).fill('bill');
  // What is tried first decides.
  await properties(page).getByRole('button', { name: 'Try Bills earlier' }).click();
  await expect(properties(page).getByLabel('Name of route 1')).toHaveValue('Bills');
  await properties(page).getByRole('button', { name: close }).click();
  await connect(page, 'Mail', 'Router');

  for (const [index, name] of ['Order service', 'Bookkeeping', 'Everything else'].entries()) {
    await dragToCanvas(page, 'HTTP', { x: 760, y: 90 + index * 130 });
    await properties(page).getByLabel('Address', { exact: true }).fill(`${sink.url}/${index}`);
    await openTab(page, 'General');
    await properties(page).getByLabel('Name', { exact: true }).fill(name);
    await properties(page).getByRole('button', { name: close }).click();
  }
  await connect(page, 'Router', 'Order service', 'Orders');
  await connect(page, 'Router', 'Bookkeeping', 'Bills');
  await page.getByRole('button', { name: 'Deploy', exact: true }).click();
  // A route that leads nowhere is a problem of its own.
  await expect(page.getByRole('region', { name: 'Problems' }).getByText("The route 'Otherwise' of 'Router' leads nowhere.")).toBeVisible();
  await connect(page, 'Router', 'Everything else', 'Otherwise');
  await page.screenshot({ path: test.info().outputPath('branches-light.png') });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.screenshot({ path: test.info().outputPath('branches-dark.png') });

  for (const subject of ['Order 17', 'Bill for order 17', 'Hello']) await mailbox.deliver(mailWith(subject));
  await deploy(page, 'Sorted by subject');
  const subjectsAt = (path: number) =>
    sink.requests.filter((request) => request.path.endsWith(`/${path}`)).map(({ body }) => JSON.parse(body.toString()).headers.subject);
  await expect
    .poll(() => [subjectsAt(0), subjectsAt(1), subjectsAt(2)], { timeout: 30_000 })
    .toEqual([['Order 17'], ['Bill for order 17'], ['Hello']]);

  // A connection taken off a deleted node heals to the same route.
  await nodeNamed(page, 'Bookkeeping').click();
  await page.keyboard.press('Delete');
  await page.keyboard.press('Control+z');
  await expect(page.getByRole('group', { name: 'Connection from Router, Bills, to Bookkeeping' })).toBeAttached();
});
