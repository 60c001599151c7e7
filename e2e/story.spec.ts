import { choose, connect, createFlow, deploy, dragToCanvas, nodeNamed, openTab, properties } from './editor.ts';
import { administrator, expect, keepScreenshot, test } from './fixtures.ts';

/** The whole story, once for each protocol: from the first visit to a mail on the screen. */

const order = (subject: string) =>
  [
    'From: Maria Lopez <maria@example.com>',
    'To: orders@example.com',
    `Subject: ${subject}`,
    `Message-ID: <${subject.replaceAll(' ', '-')}@example.com>`,
    'Date: Sun, 22 Nov 2026 10:00:00 +0000',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Please send 3 pumps.',
    '--b',
    'Content-Type: text/csv; name="order.csv"',
    'Content-Disposition: attachment; filename="order.csv"',
    '',
    'pump;3',
    '--b--',
    '',
  ].join('\r\n');

const cases = [
  { name: 'IMAP4', protection: 'IMAPS', authentication: 'Plain User/Password', port: 'imaps' },
  { name: 'POP3', protection: 'STARTTLS Mandatory', authentication: 'Encrypted User/Password', port: 'pop3' },
] as const;

for (const { name, protection, authentication, port } of cases) {
  test(`a person draws a ${name} flow by drag and drop, deploys it and watches real mail go through`, async ({
    page,
    newMailroom,
    mailServer,
    mailbox,
    sink,
  }) => {
    await mailbox.deliver(order('Order 1'));

    await test.step('the first visit creates the administrator', async () => {
      const address = newMailroom.output.find((line) => line.includes('/set-up#token='))?.trim() ?? '';
      await page.goto(address);
      await page.getByLabel('Name').fill(administrator.name);
      await page.getByLabel('E-mail').fill(administrator.email);
      await page.getByLabel('Password').fill(administrator.password);
      await page.getByRole('button', { name: /create/i }).click();
      await expect(page.getByRole('heading', { name: 'Start with a mailbox' })).toBeVisible();
    });

    await test.step('the Mail adapter is dragged onto the canvas and its checklist filled in', async () => {
      await createFlow(page, 'Orders');
      await dragToCanvas(page, 'Mail', { x: 180, y: 260 });
      await expect(properties(page).getByText('Address reachable')).toBeVisible();
      await properties(page).getByRole('button', { name: 'Set address' }).click();
      await properties(page).getByRole('radio', { name, exact: true }).check();
      await properties(page).getByLabel('Address').fill(`localhost:${mailServer.ports[port]}`);
      await choose(page, 'Protection', protection);
      await properties(page).getByRole('radio', { name: authentication }).check();
    });

    await test.step('the User Credentials artifact is created and deployed without leaving the form', async () => {
      await properties(page).getByRole('button', { name: 'Create and deploy…' }).click();
      const dialog = page.getByRole('dialog', { name: 'New User Credentials' });
      await dialog.getByLabel('Name').fill('orders');
      await dialog.getByLabel('User', { exact: true }).fill(mailbox.user);
      await dialog.getByLabel('Password').fill(mailbox.password);
      await expect(dialog.getByLabel(/hosts/i)).toHaveValue('localhost');
      await dialog.getByRole('button', { name: 'Deploy' }).click();
      await expect(dialog).toBeHidden();
      await expect(properties(page).getByLabel('Credential Name')).toHaveValue('orders');
    });

    await test.step('the connection test turns the checklist green', async () => {
      await openTab(page, 'Checklist');
      await properties(page).getByRole('button', { name: 'Test connection' }).first().click();
      await expect(properties(page).getByText('10 of 10 done')).toBeVisible({ timeout: 30_000 });
      await keepScreenshot(page, `checklist-${name.toLowerCase()}`, true);
    });

    await test.step('a schedule of one second is set', async () => {
      await openTab(page, 'Scheduler');
      await properties(page).getByRole('spinbutton', { name: 'Every' }).fill('1');
      await choose(page, 'Unit', 'seconds');
    });

    await test.step('a receiver is dragged onto the canvas and connected with the mouse', async () => {
      await properties(page).getByRole('button', { name: 'Close properties' }).click();
      await dragToCanvas(page, 'HTTP', { x: 620, y: 260 });
      await properties(page).getByLabel('Address').fill(sink.url);
      await properties(page).getByRole('button', { name: 'Close properties' }).click();
      await connect(page, 'Mail', 'HTTP');
    });

    await test.step('Deploy starts it', async () => {
      await expect(page.getByText('Saved')).toBeVisible();
      await deploy(page);
      await expect(page.getByText('Started').first()).toBeVisible();
      await expect(nodeNamed(page, 'Mail')).toBeVisible();
      await expect(page.getByText(/1\s*completed/i).first()).toBeVisible({ timeout: 30_000 });
      await keepScreenshot(page, `canvas-${name.toLowerCase()}`, true);
    });

    await test.step('the monitor shows the flow and every mail, live', async () => {
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Monitor' }).click();
      await expect(page.getByText('Next poll').first()).toBeVisible();
      await page.getByRole('link', { name: 'Messages', exact: true }).click();
      await expect(page.getByRole('row', { name: /Order 1/ })).toContainText('COMPLETED');
      await mailbox.deliver(order('Order 2'));
      await expect(page.getByRole('row', { name: /Order 2/ })).toContainText('COMPLETED', { timeout: 30_000 });
    });

    await test.step('a message shows its steps, headers, body and attachments', async () => {
      await page.getByRole('link', { name: 'Order 2' }).click();
      await page.getByRole('tab', { name: /Steps/ }).click();
      await expect(page.getByRole('tabpanel').getByText('HTTP').first()).toBeVisible();
      await page.getByRole('tab', { name: 'Message', exact: true }).click();
      await expect(page.getByText('Please send 3 pumps.')).toBeVisible();
      await expect(page.getByText('maria@example.com').first()).toBeVisible();
      await keepScreenshot(page, `monitor-${name.toLowerCase()}`, true);
      await page.getByRole('tab', { name: /Attachments/ }).click();
      await expect(page.getByText('order.csv')).toBeVisible();
    });

    const subjects = sink.distinct().map((request) => JSON.parse(request.body.toString()).headers.subject);
    expect(new Set(subjects)).toEqual(new Set(['Order 1', 'Order 2']));
    expect(sink.requests).toHaveLength(2);
    if (name === 'IMAP4') await expect(async () => expect(await mailbox.flags()).toEqual(['S', 'S'])).toPass();
  });
}
