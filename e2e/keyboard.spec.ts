import { createFlow, nodeNamed } from './editor.ts';
import { expectAccessible } from './accessible.ts';
import { expect, keepScreenshot, test } from './fixtures.ts';

test('look', async ({ signedIn: page }) => {
  await createFlow(page, 'Keys');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('add mail');
  await page.keyboard.press('Enter');
  await expect(nodeNamed(page, 'Mail')).toBeVisible();
  await page.keyboard.press('Escape');
  await nodeNamed(page, 'Mail').focus();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.keyboard.press('Control+k');
    await expectAccessible(page);
    await keepScreenshot(page, `commands-${colorScheme}`);
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await expectAccessible(page);
    await keepScreenshot(page, `shortcuts-${colorScheme}`);
    await page.keyboard.press('Escape');
  }
});
