import { deployCredential, deployFlow, mailSenderNode, node } from '../server/testing/flows.ts';
import type { MailServer, MailUser } from '../server/testing/mail-server.ts';
import type { MailroomProcess } from '../server/testing/mailroom-process.ts';
import type { Page } from '@playwright/test';
import { expectAccessible } from './accessible.ts';
import { canvas } from './editor.ts';
import { expect, keepScreenshot, test } from './fixtures.ts';

/** Every screen but the pages of security material (see security.spec.ts) in light and dark, on a desk and on a phone: no finding of axe, nothing wider than the screen. */

test.describe.configure({ timeout: 180_000 });

/** The overview and the page of a flow are kept by the story of the monitor. */
const shownInDocs = new Set(['editor', 'messages', 'message', 'material']);

const areas: Record<string, (ids: { flowId: string; messageId: string }) => Record<string, string>> = {
  'the designer and the monitor': ({ flowId, messageId }) => ({
    flows: '/',
    editor: `/flows/${flowId}`,
    overview: '/monitor',
    messages: '/monitor/messages',
    message: `/monitor/messages/${messageId}`,
    content: '/monitor/content',
    'flow-content': `/monitor/content/${flowId}`,
    polls: '/monitor/polls',
    bulk: '/monitor/bulk',
    quarantine: '/monitor/quarantine',
    renumberings: '/monitor/renumberings',
    locks: '/monitor/locks',
    processes: '/monitor/processes',
    connectivity: '/monitor/connectivity',
    'connectivity-smtp': '/monitor/connectivity?test=smtp',
  }),
  'alerts, security and access': () => ({
    alerts: '/monitor/alerts',
    'alert-rules': '/monitor/alerts?show=rules',
    'alert-targets': '/monitor/alerts?show=targets',
    'alert-history': '/monitor/alerts?show=history',
    audit: '/monitor/audit',
    material: '/security',
    users: '/access/users',
    tokens: '/access/tokens',
    account: '/account',
  }),
};

for (const [area, screensOf] of Object.entries(areas)) {
  test(`all screens of ${area} can be used by everybody`, async ({ signedIn: page, mailroom, mailServer, mailbox, sink }) => {
    const flowId = await exampleFlow(mailroom, mailServer, mailbox, sink.url, `look-${Object.keys(areas).indexOf(area)}`);
    const [message] = (await mailroom.call('listMessages', { query: { flowId } })).items;
    for (const [name, path] of Object.entries(screensOf({ flowId, messageId: message?.id ?? '' }))) {
      await test.step(name, async () => {
        await page.goto(`${mailroom.url}${path}`);
        await page.getByRole('navigation', { name: 'Main' }).waitFor();
        await page.getByRole('heading', { level: 1 }).first().waitFor();
        await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0);
        for (const [device, viewport] of Object.entries(devices)) await lookAt(page, name, device, viewport);
      });
    }
  });
}

const devices = { desk: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

/** Colours are the same on every device: they are measured on the desk. */
async function lookAt(page: Page, name: string, device: string, viewport: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(viewport);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    if (device === 'desk' || colorScheme === 'light') await expectAccessible(page);
    await keepScreenshot(page, `${name}-${colorScheme}-${device}`, device === 'desk' && shownInDocs.has(name));
  }
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
}

test('the form of the Mail sender can be used by everybody', async ({ signedIn: page, mailroom, mailServer, mailbox, sink }) => {
  const flowId = await exampleFlow(mailroom, mailServer, mailbox, sink.url, 'form');
  await page.goto(`${mailroom.url}/flows/${flowId}`);
  await canvas(page)
    .getByRole('group', { name: /Mail sender/ })
    .dblclick();
  for (const tab of ['Checklist', 'General', 'Connection', 'Processing', 'Scheduler']) {
    await page.getByRole('complementary', { name: 'Properties' }).getByRole('tab', { name: tab }).click();
    await expectAccessible(page);
    await keepScreenshot(page, `form-${tab.toLowerCase()}`);
  }
});

/** A flow with a branch, as people draw them; one mail has gone through. Also what the README shows. */
async function exampleFlow(
  mailroom: MailroomProcess,
  server: MailServer,
  mailbox: MailUser,
  url: string,
  credential: string,
): Promise<string> {
  await deployCredential(mailroom, mailbox, credential);
  await mailbox.deliver(
    'From: Maria Lopez <maria@example.com>\r\nTo: orders@example.com\r\nSubject: Order 4711\r\nMessage-ID: <4711@example.com>\r\n\r\nPlease send 3 pumps.\r\n',
  );
  const at = (x: number, y: number) => ({ x, y });
  const nodes = [
    { ...mailSenderNode(server, 'imap4', { credential }), position: at(0, 120) },
    {
      ...node('filter', 'filter', {
        name: 'Orders only',
        conditions: [{ subject: 'header.subject', operator: 'contains', value: 'order' }],
      }),
      position: at(300, 120),
    },
    {
      ...node('modify', 'content-modifier', { name: 'Add source', assignments: [{ target: 'header', name: 'source', value: 'mail' }] }),
      position: at(600, 40),
    },
    { ...node('http', 'http-receiver', { name: 'Order service', url }), position: at(900, 40) },
    { ...node('file', 'file-receiver', { name: 'Archive', folder: 'orders' }), position: at(600, 220) },
  ];
  const edges = ['mail-filter', 'filter-modify', 'modify-http', 'filter-file'].map((id) => ({
    id,
    from: id.split('-')[0] ?? '',
    to: id.split('-')[1] ?? '',
  }));
  const flowId = await deployFlow(mailroom, 'Orders', { nodes, edges });
  await expect(async () => {
    const { items } = await mailroom.call('listMessages', { query: { flowId, status: 'COMPLETED' } });
    expect(items).toHaveLength(1);
  }).toPass({ timeout: 20_000 });
  return flowId;
}
