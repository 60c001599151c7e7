/**
 * What turns text around, hides it or steers a terminal: control and direction characters, invisible ones, halves of a character.
 * Not those that join letters (U+200C, U+200D) and the soft hyphen: languages need them, and they move nothing.
 */
const unseen = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|(?![\u00AD\u200C\u200D])\p{Cf}/gu;

/** A name, subject or address as somebody else wrote it, with such characters shown by their code: `invoice⟨U+202E⟩fdp.exe`. */
export function plainText(text: string): string {
  return text.replaceAll(unseen, (character) => `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
}
