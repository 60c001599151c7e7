import type { Page, Request } from '@playwright/test';
import { deployCredential, deployFlow, mailToHttp } from '../server/testing/flows.ts';
import { deploy } from './editor.ts';
import { expect, test } from './fixtures.ts';

/** A browser has six connections to a server, whatever the number of its tabs. */

const otherTabs = ['alerts', 'polls', 'locks', 'processes', 'bulk'];

test('with eight tabs open one stream tells all of them, Deploy answers, and another tab goes on when the first is closed', async ({
  signedIn: first,
  context,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  const streams = new Set<Request>();
  context.on('request', (request) => void (request.url().endsWith('/api/v1/events') && streams.add(request)));
  const forget = (request: Request) => void streams.delete(request);
  context.on('requestfinished', forget).on('requestfailed', forget);
  await first.reload();
  const open = async (path: string) => {
    const page = await context.newPage();
    await page.goto(`${mailroom.url}/monitor/${path}`);
    return page;
  };
  const [list, found] = [await open('messages'), await open('messages?search=Tab')];
  const others: Page[] = [];
  for (const path of otherTabs) others.push(await open(path));
  for (const page of [first, list, found, ...others]) await expect(page.getByText('Live', { exact: true })).toBeVisible();
  expect(streams.size).toBe(1);

  await deployCredential(mailroom, mailbox, 'tabs');
  await mailbox.createFolder('Second');
  await deployFlow(mailroom, 'Tabs', mailToHttp(mailServer, 'imap4', sink.url, { credential: 'tabs' }));
  await mailbox.deliver('From: ada@example.com\r\nSubject: Tab one\r\n\r\nHello\r\n');
  for (const page of [list, found]) await expect(page.getByRole('row').filter({ hasText: 'Tab one' })).toContainText('COMPLETED');

  await first.bringToFront();
  const draft = mailToHttp(mailServer, 'imap4', sink.url, { credential: 'tabs', folder: 'Second' });
  const { id } = await mailroom.call('createFlow', { body: { name: 'Tabs again', draft } });
  await first.goto(`${mailroom.url}/flows/${id}`);
  await first.getByRole('button', { name: 'Deploy', exact: true }).waitFor();
  const started = Date.now();
  const answered = first.waitForResponse((response) => response.url().endsWith(`/flows/${id}/deploy`));
  await deploy(first, 'with eight tabs open');
  await answered;
  expect(Date.now() - started).toBeLessThan(2_000);

  // Whichever of these leads: one that is left goes on.
  await first.close();
  for (const page of [found, ...others]) await page.close();
  await expect.poll(() => streams.size).toBe(1);
  await mailbox.deliver('From: ada@example.com\r\nSubject: Tab two\r\n\r\nHello\r\n');
  await expect(list.getByRole('row').filter({ hasText: 'Tab two' })).toContainText('COMPLETED');
});
