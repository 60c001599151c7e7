import { expect, test } from 'vitest';
import { rawOf } from '../../testing/mails.ts';
import { parseHead, readHead, readHeaders } from './parse-head.ts';

test('the head is read from the first bytes, without subject, with broken charsets and raw 8-bit', () => {
  expect(readHead(Buffer.from('From: a@x\r\n\r\n'))).toEqual({ subject: '', from: 'a@x', to: '', messageId: '', date: null });
  expect(readHead(Buffer.from('Subject: =?x-none?Q?abc?=\r\nDate: Tue, 1 Jul 2025 10:00:00 +0200 (CEST)\r\n\r\n'))).toMatchObject({
    subject: 'abc',
    date: '2025-07-01T08:00:00.000Z',
  });
  expect(readHead(Buffer.from('Subject: Grüße\r\n\r\n')).subject).toBe('Grüße');
  expect(readHead(Buffer.from('Subject: Grüße\r\n\r\n', 'latin1')).subject).toBe('Grüße');
  expect(readHead(Buffer.from('Subject: folded\r\n\tover lines\n  here\r\nDate: never')).subject).toBe('folded\tover lines  here');
  expect(readHead(Buffer.from('Subject: voilà\r\n\r\n')).subject).toBe('voilà');
});

test('all header lines are listed in their order, up to the first empty line', async () => {
  const raw = rawOf('Received: one\r\nReceived: two\r\nSubject: x\r\n\r\nNot: a header\r\n', 5);
  expect(await readHeaders(raw)).toEqual([
    { name: 'Received', value: 'one' },
    { name: 'Received', value: 'two' },
    { name: 'Subject', value: 'x' },
  ]);
  expect(parseHead(Buffer.from('\r\nNot: a header'))).toEqual([]);
});

test('a megabyte of white space, or of words that are no words, takes no time', () => {
  const started = performance.now();
  for (const piece of [' ', '=?', '=?utf-8?B?', '=?utf-8?B?YQ==?=', '?=', '\t', ':', ';', 'a*0=', '"', '(', '\r\n ']) {
    parseHead(Buffer.from(`Subject: x${piece.repeat(1_000_000 / piece.length)}y\r\n\r\n`));
  }
  expect(performance.now() - started).toBeLessThan(10_000);
});
