import { expect, test } from 'vitest';
import { greetingSentence } from './greet.ts';

test.each([
  ['* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] Dovecot (Debian) ready.', 'The server says: Dovecot (Debian) ready.'],
  ['* OK IMAP4rev1 Service Ready', 'The server says: IMAP4rev1 Service Ready'],
  ['+OK Dovecot ready. <4a5.1.6@mail.example.com>', 'The server says: Dovecot ready.'],
  ['+OK', 'The server greets without a word.'],
])('of the greeting %j people read %j', (greeting, sentence) => {
  expect(greetingSentence(greeting)).toBe(sentence);
});
