import { fileURLToPath } from 'node:url';
import { expect, test as base, type Page } from '@playwright/test';
import { startHttpSink, type HttpSink } from '../server/testing/http-sink.ts';
import { startMailServer, type MailServer, type MailUser } from '../server/testing/mail-server.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from '../server/testing/mailroom-process.ts';

export { expect } from '@playwright/test';

export const administrator = { name: 'Administrator', email: 'ada@example.com', password: 'seven kettles under the stairs' };

interface TestFixtures {
  /** A mailbox of one's own. */
  mailbox: MailUser;
  /** A system that takes what the HTTP receiver posts. */
  sink: HttpSink;
  /** Signed in as the administrator, on the list of flows. */
  signedIn: Page;
  /** A Mailroom that nobody has set up yet. */
  newMailroom: MailroomProcess;
}

interface WorkerFixtures {
  mailServer: MailServer;
  /** A Mailroom with an administrator, shared by the tests of one worker. */
  mailroom: MailroomProcess;
}

/** Real servers for every story: Dovecot, PostgreSQL, Mailroom, Chromium. Each is stopped by the fixture that started it. */
export const test = base.extend<TestFixtures, WorkerFixtures>({
  mailServer: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the dependencies from the pattern
    async ({}, use) => {
      const server = await startMailServer();
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],

  mailroom: [
    async ({ mailServer }, use) => {
      await withMailroom(mailServer, { MAILROOM_ADMIN_EMAIL: administrator.email, MAILROOM_ADMIN_PASSWORD: administrator.password }, use);
    },
    { scope: 'worker', timeout: 60_000 },
  ],

  page: async ({ page }, use) => {
    const refused = await watchContentPolicy(page);
    await use(page);
    expect(refused).toEqual([]);
  },

  newMailroom: async ({ mailServer }, use) => {
    await withMailroom(mailServer, {}, use);
  },

  mailbox: async ({ mailServer }, use) => {
    await use(await mailServer.createUser());
  },

  // oxlint-disable-next-line no-empty-pattern -- as above
  sink: async ({}, use) => {
    const sink = await startHttpSink();
    await use(sink);
    await sink.close();
  },

  signedIn: async ({ page, mailroom }, use) => {
    await page.goto(mailroom.url);
    await signIn(page);
    await use(page);
    for (const { flowId } of (await mailroom.call('listDeployments')).items)
      await mailroom.call('undeployFlow', { params: { id: flowId } });
  },
});

/** What the Content-Security-Policy keeps from happening, in any frame that may run scripts. */
async function watchContentPolicy(page: Page): Promise<string[]> {
  const refused: string[] = [];
  await page.exposeFunction('tellRefused', (what: string) => refused.push(what));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile, lineNumber, sample }) => {
      const { tellRefused } = window as unknown as { tellRefused: (what: string) => void };
      tellRefused(`${violatedDirective}: ${blockedURI} ${sample} (${sourceFile}:${lineNumber})`);
    });
  });
  return refused;
}

async function withMailroom(mailServer: MailServer, env: Record<string, string>, use: (mailroom: MailroomProcess) => Promise<void>) {
  const data = await makeDataDirectory();
  const mailroom = await startMailroomProcess({ dataDirectory: data.path, env: { ...env, NODE_EXTRA_CA_CERTS: mailServer.caFile } });
  await use(mailroom);
  await mailroom.stop();
  await data.remove();
}

export async function signIn(page: Page): Promise<void> {
  await page.getByLabel('E-mail').fill(administrator.email);
  await page.getByLabel('Password').fill(administrator.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}

/** Kept among the test results; with MAILROOM_SCREENSHOTS=1 those that the docs show are made anew. */
export async function keepScreenshot(page: Page, name: string, isInDocs = false): Promise<void> {
  const folder = isInDocs && process.env['MAILROOM_SCREENSHOTS'] ? '../docs/screenshots' : '../test-results/screenshots';
  await page.screenshot({ path: fileURLToPath(new URL(`${folder}/${name}.png`, import.meta.url)), animations: 'disabled' });
}
