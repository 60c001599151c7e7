import { expect, test } from 'vitest';
import { corpusMails } from './corpus-mails.ts';
import { cyrusKeeping, dovecotKeeping } from './corpus-rules.ts';

const served = (keeping: typeof dovecotKeeping, file: string, protocol: 'imap4' | 'pop3') =>
  keeping.serves(Buffer.from(file, 'latin1'), protocol).toString('latin1');

test('Dovecot hands out CRLF for LF, 0x80 for NUL over IMAP4, and a last line end over POP3', () => {
  expect(served(dovecotKeeping, 'a\nb\r\nc\rd\0', 'imap4')).toBe('a\r\nb\r\nc\rd\x80');
  expect(served(dovecotKeeping, '\na\n\nb\0', 'pop3')).toBe('\r\na\r\n\r\nb\0\r\n');
  expect(served(dovecotKeeping, 'a\r\n', 'pop3')).toBe('a\r\n');
});

test('Cyrus stores what it can hand out as it is', () => {
  const stores = (text: string) => cyrusKeeping.stores(Buffer.from(text, 'latin1'));
  expect(['Subject: a\r\n\r\nb\r\n', '\r\nb\r\n', '\r\n', 'A: b\r\n\tc\r\n', 'A: b\r\n\r\nno: end'].map(stores)).toEqual([
    true,
    true,
    true,
    true,
    true,
  ]);
  expect(['', 'A: b\r\n\r\nc\n', 'A: b\r\n\r\nc\r\n\0', 'A: b', 'no header\r\n\r\n'].map(stores)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ]);
});

test('the corpus has each mail once', () => {
  const names = corpusMails().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
