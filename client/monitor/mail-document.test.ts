import { expect, test } from 'vitest';
import { mailDocument } from './mail-document.ts';

test('the policy that forbids loading comes before anything of the mail', () => {
  const html = mailDocument('<img src="https://tracker.example/pixel.gif">');
  expect(html).toContain("default-src 'none'");
  expect(html.indexOf('Content-Security-Policy')).toBeLessThan(html.indexOf('tracker.example'));
  expect(html).not.toMatch(/img-src[^"]*https?:/);
});
