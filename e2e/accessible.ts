import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** No finding of axe on what the page shows now. @param only selectors of the parts to look at; default: all */
export async function expectAccessible(page: Page, only: string[] = []): Promise<void> {
  // What fades in or out does it at once then, and not while its colours are measured; so it stays for the rest of the story.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  // Off by default in axe: WCAG 2.2 asks for targets of 24 px, or room around them.
  const builder = new AxeBuilder({ page }).options({ rules: { 'target-size': { enabled: true } } });
  const { violations } = await only.reduce((axe, selector) => axe.include(selector), builder).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)).toEqual([]);
}

/** The same in light and dark; the page is light afterwards. */
export async function expectAccessibleInEveryLook(page: Page, only: string[] = []): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expectAccessible(page, only);
  }
}
