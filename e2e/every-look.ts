import type { Page } from '@playwright/test';
import { expect, keepScreenshot } from './fixtures.ts';

/** Light and dark, on a desk and on a phone. @param isInDocs those of the desk are shown in the docs */
export async function inEveryLook(page: Page, name: string, isInDocs = false): Promise<void> {
  for (const [size, viewport] of Object.entries({ desk: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } })) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await keepScreenshot(page, `${name}-${size}-${colorScheme}`, isInDocs && size === 'desk');
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overflow, `${name} on a ${size}`).toBe(0);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1280, height: 800 });
}
