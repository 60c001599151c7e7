import type { BrowserContext, Page } from '@playwright/test';
import type { Canary } from '../../server/testing/canary.ts';
import { eventually } from '../../server/testing/eventually.ts';
import { deployCredential, deployFlow, mailToHttp } from '../../server/testing/flows.ts';
import { armed, htmlAttacks, mailOf, mailOfNames } from '../../server/testing/html-attacks.ts';
import { startHttpSink } from '../../server/testing/http-sink.ts';
import type { MailServer } from '../../server/testing/mail-server.ts';
import type { MailroomProcess } from '../../server/testing/mailroom-process.ts';
import { scriptOf, urlOf } from './aim.ts';
import type { Tell } from './run.ts';

/** The attacks as mails, through a mailbox and a flow, opened by a person in the monitor. */

const namesNumber = htmlAttacks.length;
/** Pages side by side. */
const pagesAtOnce = 3;

export async function tryInMailroom(
  context: BrowserContext,
  mailroom: MailroomProcess,
  mailServer: MailServer,
  canary: Canary,
  tell: Tell,
): Promise<void> {
  const ids = await takeIn(mailroom, mailServer);
  canary.heard.length = 0;
  const connectionsBefore = canary.connections();

  const waiting = [...htmlAttacks.entries()];
  const visit = async () => {
    const { page, events } = await watchedPage(context, mailroom.url);
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [number, { name }] = next;
      const problems = await open(page, `${mailroom.url}/monitor/messages/${ids.get(subjectOf(number)) ?? ''}`, canary, number);
      problems.push(...events.splice(0));
      tell(`in Mailroom: ${name}${problems.length > 0 ? ` (${problems.join(', ')})` : ''}`, problems.length === 0);
    }
    await page.close();
  };
  await Promise.all(Array.from({ length: pagesAtOnce }, visit));
  await tryNames(context, mailroom, ids, canary, tell);
  tell('in Mailroom: nobody even connected', canary.connections() === connectionsBefore);
}

const subjectOf = (number: number) => `attack ${number}`;

/** Subject → id of the message, once all are there. */
async function takeIn(mailroom: MailroomProcess, mailServer: MailServer): Promise<Map<string, string>> {
  const [user, sink] = await Promise.all([mailServer.createUser(), startHttpSink()]);
  try {
    await deployCredential(mailroom, user);
    for (const [number, attack] of htmlAttacks.entries())
      await user.deliver(mailOf(subjectOf(number), armed(attack, { url: urlOf(number), script: scriptOf(number) })));
    await user.deliver(mailOfNames({ url: urlOf(namesNumber), script: scriptOf(namesNumber) }));
    const flowId = await deployFlow(mailroom, 'Hostile mails', mailToHttp(mailServer, 'imap4', sink.url, { body: 'html' }));
    const ids = new Map<string, string>();
    await eventually(
      async () => {
        let cursor: string | undefined;
        do {
          const page = await mailroom.call('listMessages', {
            query: { flowId, limit: 200, status: 'COMPLETED', ...(cursor ? { cursor } : {}) },
          });
          for (const { id, subject } of page.items) ids.set(subject, id);
          cursor = page.nextCursor ?? undefined;
        } while (cursor !== undefined);
        return ids.size === htmlAttacks.length + 1;
      },
      { what: 'all mails taken in', deadlineMs: 180_000 },
    );
    await mailroom.call('undeployFlow', { params: { id: flowId } });
    return ids;
  } finally {
    await sink.close();
  }
}

/** @param site that alone may be asked */
async function watchedPage(context: BrowserContext, site: string): Promise<{ page: Page; events: string[] }> {
  const page = await context.newPage();
  const events: string[] = [];
  page.on('dialog', (dialog) => {
    events.push('a dialog opened');
    void dialog.dismiss();
  });
  page.on('popup', () => events.push('a window opened'));
  page.on('download', () => events.push('a download began'));
  // Names that lead nowhere here, too.
  page.on('request', (request) => {
    if (!request.url().startsWith(site) && !request.url().startsWith('data:image/')) events.push(`asked for ${request.url()}`);
  });
  return { page, events };
}

/** What is wrong after a person has opened the mail, moved over it and clicked into it. */
async function open(page: Page, address: string, canary: Canary, number: number): Promise<string[]> {
  const problems: string[] = [];
  await page.goto(`${address}#message`);
  const body = page.getByTitle('Body of the mail');
  // A mail that is nothing but its attack may have no text at all.
  await body.or(page.getByText('The body is empty.')).waitFor();
  if (await body.isVisible()) {
    const frame = await (await body.elementHandle())?.contentFrame();
    await frame?.waitForLoadState('load');
    await body.hover({ position: { x: 30, y: 30 } });
    await body.click({ position: { x: 30, y: 30 } });
    if (!frame?.url().endsWith('/html')) problems.push(`the frame went to ${frame?.url()}`);
  }
  if (!page.url().startsWith(address)) problems.push(`the page went to ${page.url()}`);
  const isTouched = await page.evaluate(() => 'attacked' in globalThis || document.title.includes('attacked'));
  if (isTouched) problems.push('a script reached the page');
  const heard = canary.heard.filter((path) => path.split('/')[1] === String(number));
  if (heard.length > 0) problems.push(`asked for ${heard.join(' ')}`);
  return problems;
}

/** Subjects, addresses and names of files, everywhere they are shown. */
async function tryNames(
  context: BrowserContext,
  mailroom: MailroomProcess,
  ids: Map<string, string>,
  canary: Canary,
  tell: Tell,
): Promise<void> {
  const { page, events } = await watchedPage(context, mailroom.url);
  const id = [...ids].find(([subject]) => subject.startsWith('Names'))?.[1] ?? '';
  const address = `${mailroom.url}/monitor/messages/${id}`;
  const check = async (what: string, isGood: () => Promise<boolean> | boolean) =>
    tell(`names: ${what}`, await eventually(isGood, { what, deadlineMs: 10_000 }).catch(() => false));
  const says = (text: string) => async () => (await page.getByText(text).count()) > 0;

  const openTab = async (name: string) => page.getByRole('tab', { name, exact: true }).click();

  await page.goto(address);
  await check('the subject shows what would turn it around', says('Names ⟨U+202E⟩txt.exe <img src=x onerror='));
  await check('so does the sender', says('Bank⟨U+202E⟩knab'));
  await openTab('Message');
  await check('a text body is text', says('<script>fetch('));
  await openTab('Attachments');
  await check('the name of a file says what it is', says('invoicefdp.exe'));
  await check('a name that is HTML is text', says('.html'));
  await openTab('Raw mail');
  await check('the raw mail is text', says('Content-Disposition: attachment'));
  await openTab('Log');
  await check('the log is text', says('Message-ID <<img src=x onerror='));

  const { attachments } = await mailroom.call('getMessageContent', { params: { id } });
  for (const { index, name } of attachments) {
    const answer = await context.request.get(`${mailroom.url}/api/v1/messages/${id}/attachments/${index}`);
    const { 'content-type': type, 'content-disposition': disposition, 'x-content-type-options': sniff } = answer.headers();
    const isSaved = type === 'application/octet-stream' && sniff === 'nosniff' && (disposition ?? '').startsWith('attachment; filename=');
    tell(
      `names: ${JSON.stringify(name)} is saved, not shown, under a name without direction`,
      isSaved && !/%E2%80%AE|%00|\/|\u202E/i.test(disposition ?? '/'),
    );
  }
  tell('names: nothing ran', events.length === 0 && !canary.heard.some((path) => path.startsWith(`/${namesNumber}`)));
  tell('names: the page is as it was', await page.evaluate(() => !('attacked' in globalThis)));
  await page.close();
}
