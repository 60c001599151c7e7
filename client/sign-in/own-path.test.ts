import { expect, test } from 'vitest';
import { ownPath } from './own-path.ts';

test('sign-in leads back to the page that was asked for', () => {
  expect(ownPath('/monitor/messages?status=FAILED')).toBe('/monitor/messages?status=FAILED');
});

test.each([undefined, '', 'https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)'])(
  'sign-in never leaves the site (%s)',
  (to) => {
    expect(ownPath(to)).toBe('/');
  },
);
