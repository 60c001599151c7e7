import { expect, it } from 'vitest';
import { plainText } from './plain-text.ts';

it.each([
  ['invoice.pdf', 'invoice.pdf'],
  ['Größe 測試 😀', 'Größe 測試 😀'],
  ['شلام עברית', 'شلام עברית'],
  ['invoice\u202Efdp.exe', 'invoice⟨U+202E⟩fdp.exe'],
  ['a\u2066b\u2069c\u200Fd', 'a⟨U+2066⟩b⟨U+2069⟩c⟨U+200F⟩d'],
  ['\u001B[2Jgone\u0000', '⟨U+001B⟩[2Jgone⟨U+0000⟩'],
  ['two\r\nlines\u2028', 'two⟨U+000D⟩⟨U+000A⟩lines⟨U+2028⟩'],
  ['zero\u200Bwidth\uFEFF', 'zero⟨U+200B⟩width⟨U+FEFF⟩'],
  ['tag \u{E0041}', 'tag ⟨U+E0041⟩'],
  ['half \uD83D', 'half ⟨U+D83D⟩'],
  ['👩\u200D🚀 Auf\u00ADgabe', '👩\u200D🚀 Auf\u00ADgabe'],
  ['<script>', '<script>'],
  ['', ''],
])('shows %j as %j', (text, shown) => {
  expect(plainText(text)).toBe(shown);
});
