import { expect, it } from 'vitest';
import { shownText } from './raw-mail.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

it('keeps lines and tabs, and shows what would hide', () => {
  expect(shownText(bytes('Subject: a\u202Eb\r\n\tfolded\r\n\r\nbody\u0000\u001B[2J'))).toBe(
    'Subject: a⟨U+202E⟩b\n\tfolded\n\nbody⟨U+0000⟩⟨U+001B⟩[2J',
  );
});

it('shows bytes that are no UTF-8 as missing', () => {
  expect(shownText(Uint8Array.of(0x61, 0xe4, 0x62))).toBe('a\uFFFDb');
});
