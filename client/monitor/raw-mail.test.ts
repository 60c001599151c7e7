import { expect, it } from 'vitest';
import { readStart, shownText } from './raw-mail.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

it('keeps lines and tabs, and shows what would hide', () => {
  expect(shownText(bytes('Subject: a\u202Eb\r\n\tfolded\r\n\r\nbody\u0000\u001B[2J'))).toBe(
    'Subject: a⟨U+202E⟩b\n\tfolded\n\nbody⟨U+0000⟩⟨U+001B⟩[2J',
  );
});

it('shows bytes that are no UTF-8 as missing', () => {
  expect(shownText(Uint8Array.of(0x61, 0xe4, 0x62))).toBe('a\uFFFDb');
});

it('reads as much as is asked for, says whether there is more, and leaves the rest', async () => {
  let isLeft = false;
  const mail = () =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const part of ['abc', 'def', 'gh']) controller.enqueue(bytes(part));
        controller.close();
      },
    });
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(bytes('abc')),
    cancel: () => void (isLeft = true),
  });
  expect(await readStart(mail(), 4)).toEqual({ text: 'abcd', isCut: true });
  expect(await readStart(mail(), 8)).toEqual({ text: 'abcdefgh', isCut: false });
  expect(await readStart(endless, 7)).toEqual({ text: 'abcabca', isCut: true });
  expect(isLeft).toBe(true);
});
