import type { Page } from '@playwright/test';
import { chain, node } from '../server/testing/flows.ts';
import { expectAccessible, expectAccessibleInEveryLook } from './accessible.ts';
import { canvas, nodeNamed } from './editor.ts';
import { expect, keepScreenshot, test } from './fixtures.ts';

/** What opens over the screens of look.spec.ts: dialogs, menus and lists, in light and dark; and the colours of the system. */

const dialog = '[role=dialog]';
const menu = '[role=menu]';

const looks = ['light', 'dark'] as const;

/** Opens it by keyboard, looks at it, and closes it by Escape. */
async function expectOpenedAccessible(page: Page, part: string, open: () => Promise<void>, shot?: string): Promise<void> {
  await test.step(part, async () => {
    await open();
    await expect(page.locator(part).first()).toBeVisible();
    for (const colorScheme of looks) {
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page, [part]);
      if (shot !== undefined) await keepScreenshot(page, `${shot}-${colorScheme}`);
    }
    // The first press may be for the tooltip of what has the focus.
    await expect(async () => {
      await page.keyboard.press('Escape');
      await expect(page.locator(part)).toHaveCount(0, { timeout: 1_000 });
    }).toPass();
  });
}

const draft = chain(
  { ...node('mail', 'mail-sender', { address: 'imap.example.com', credential: 'orders' }), position: { x: 0, y: 0 } },
  { ...node('http', 'http-receiver', { name: 'Order service', url: 'https://orders.example.com' }), position: { x: 304, y: 0 } },
);

test('every dialog and menu of the editor can be used by everybody', async ({ signedIn: page, mailroom }) => {
  const { id } = await mailroom.call('createFlow', { body: { name: 'Opened', draft } });
  await page.goto(`${mailroom.url}/flows/${id}`);
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
  const chooseAction = async (name: string) => {
    await button('More actions').press('Enter');
    await page.getByRole('menuitem', { name }).press('Enter');
  };
  await expectOpenedAccessible(page, menu, () => nodeNamed(page, 'Order service').click({ button: 'right' }));
  await nodeNamed(page, 'Order service').focus();
  await expectOpenedAccessible(page, '[aria-label="Commands"]', () => page.keyboard.press('Control+k'), 'commands');
  await expectOpenedAccessible(page, dialog, () => page.keyboard.press('?'), 'shortcuts');
  await expectOpenedAccessible(page, menu, () => button('More actions').press('Enter'));
  await expectOpenedAccessible(page, menu, () => button(/^Look: /).press('Enter'));
  await expectOpenedAccessible(page, menu, () => button(/^Signed in as /).press('Enter'));
  await expectOpenedAccessible(page, dialog, () => chooseAction('Versions…'));
  await expectOpenedAccessible(page, 'dialog[open]', () => button('Insert a step between Mail and Order service').press('Enter'));
  await expectOpenedAccessible(page, 'aside[aria-label="Parameters"]', () => button('Parameters').press('Enter'));
  await expectOpenedAccessible(page, 'aside[aria-label="Properties"]', () => button('Flow settings').press('Enter'));
});

test('every dialog of the lists can be used by everybody, and so can the way in', async ({ signedIn: page, mailroom }) => {
  await mailroom.call('createFlow', { body: { name: 'Listed', draft } });
  for (const [path, buttons] of Object.entries({
    '/': ['New flow', 'From a template', 'Import', 'Actions for Listed'],
    '/security/credentials': ['New User Credentials'],
    '/security/oauth2': ['New OAuth2 artifact'],
    '/security/certificates': ['Trust a certificate'],
    '/security/key-pairs': ['New key pair'],
    '/access/tokens': ['New API token'],
  })) {
    await page.goto(`${mailroom.url}${path}`);
    for (const name of buttons) {
      const part = name.startsWith('Actions') ? menu : dialog;
      await expectOpenedAccessible(page, part, () => page.getByRole('button', { name }).first().press('Enter'));
    }
  }
  await page.goto(mailroom.url);
  await expectOpenedAccessible(page, '[role=alertdialog], [role=dialog]', async () => {
    await page.getByRole('button', { name: 'Actions for Listed' }).press('Enter');
    await page.getByRole('menuitem', { name: /Delete/ }).press('Enter');
  });
  await page.context().clearCookies();
  await page.goto(mailroom.url);
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await expectAccessibleInEveryLook(page);
});

test('in the colours of the system, what is selected and what has the focus can be told', async ({ signedIn: page, mailroom }) => {
  const { id } = await mailroom.call('createFlow', { body: { name: 'Forced', draft } });
  await page.emulateMedia({ forcedColors: 'active' });
  await page.goto(`${mailroom.url}/flows/${id}`);
  const box = nodeNamed(page, 'Order service').locator('> div').first();
  await expect(box).toHaveCSS('outline-style', 'none');
  await nodeNamed(page, 'Order service').focus();
  await page.keyboard.press('ArrowLeft');
  await expect(nodeNamed(page, 'Mail').locator('> div').first()).toHaveCSS('outline-style', 'dashed');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(nodeNamed(page, 'Mail').locator('> div').first()).toHaveCSS('outline-style', 'solid');
  await page.keyboard.press('o');
  await expect(canvas(page)).toBeVisible();
  await keepScreenshot(page, 'editor-forced-colors');
  await page.keyboard.press('Control+k');
  await keepScreenshot(page, 'commands-forced-colors');
});
