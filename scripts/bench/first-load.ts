import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import { builtClient } from '../../server/main.ts';

/**
 * Scripts and styles that a first visit of a page brings, and those that wait until they are wanted; gzip, in kB of 1,000 bytes.
 *
 * @param page signed in
 * @param isShown waits for what is seen last
 */
export async function loadOf(page: Page, url: string, isShown: (visit: Page) => Promise<void>) {
  // A new tab of the same session, so that nothing of the sign-in page is kept in memory; the cache is left out.
  const visit = await page.context().newPage();
  const loaded = new Set<string>();
  visit.on('request', (request) => loaded.add(path.basename(new URL(request.url()).pathname)));
  await visit.goto(url);
  await visit.locator('main').first().waitFor();
  await isShown(visit);
  await visit.waitForTimeout(1_500);
  await visit.close();
  const folder = path.join(builtClient, 'assets');
  const kb = { js: 0, css: 0, lazyJs: 0, lazyCss: 0 };
  for (const file of await readdir(folder)) {
    const size = gzipSync(await readFile(path.join(folder, file))).length / 1_000;
    if (file.endsWith('.js')) kb[loaded.has(file) ? 'js' : 'lazyJs'] += size;
    if (file.endsWith('.css')) kb[loaded.has(file) ? 'css' : 'lazyCss'] += size;
  }
  const [js, css, lazyJs, lazyCss] = [kb.js, kb.css, kb.lazyJs, kb.lazyCss].map((one) => Number(one.toFixed(1)));
  return {
    js_gzip_kb: js,
    css_gzip_kb: css,
    total_gzip_kb: Number((kb.js + kb.css).toFixed(1)),
    lazy_js_gzip_kb: lazyJs,
    lazy_css_gzip_kb: lazyCss,
  };
}
