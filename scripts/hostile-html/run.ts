import { chromium } from '@playwright/test';
import { startCanary } from '../../server/testing/canary.ts';
import { startMailServer } from '../../server/testing/mail-server.ts';
import { makeDataDirectory, startMailroomProcess } from '../../server/testing/mailroom-process.ts';
import { buildClient } from '../build-client.ts';
import { tryInMailroom } from './in-mailroom.ts';
import { tryWalls } from './walls.ts';

/**
 * `npm run hostile-html`: HTML mails made to attack whoever opens them, opened in a real Chromium by the real Mailroom. Their
 * addresses lead to a system that nobody must talk to.
 */

/** Says how one thing went; what went wrong is printed. */
export type Tell = (what: string, isGood: boolean) => void;

const person = { email: 'ada@example.com', password: 'seven kettles under the stairs' };

let passed = 0;
let failed = 0;
const tell: Tell = (what, isGood) => {
  if (isGood) passed += 1;
  else failed += 1;
  if (!isGood || process.env['VERBOSE']) console.log(`${isGood ? 'passed' : 'FAILED'}  ${what}`);
};

await buildClient();
await using stack = new AsyncDisposableStack();
const canary = await startCanary();
stack.defer(() => canary.close());
const mailServer = await startMailServer();
stack.defer(() => mailServer.stop());
const data = await makeDataDirectory();
stack.defer(() => data.remove());
const mailroom = await startMailroomProcess({
  dataDirectory: data.path,
  env: { MAILROOM_ADMIN_EMAIL: person.email, MAILROOM_ADMIN_PASSWORD: person.password, NODE_EXTRA_CA_CERTS: mailServer.caFile },
});
stack.defer(async () => void (await mailroom.stop()));
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // What the browser looks for on its own account is not there.
    `--host-resolver-rules=MAP *.test 127.0.0.1:${canary.port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`,
  ],
});
stack.defer(() => browser.close());

const attacked = await browser.newContext();
await tryWalls(attacked, canary, tell);
await attacked.close();

const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
const page = await context.newPage();
await page.goto(mailroom.url);
await page.getByLabel('E-mail').fill(person.email);
await page.getByLabel('Password').fill(person.password);
await page.getByRole('button', { name: 'Sign in' }).click();
await page.getByRole('navigation', { name: 'Main' }).waitFor();
await page.close();
await tryInMailroom(context, mailroom, mailServer, canary, tell);

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
