import { expect, test } from 'vitest';
import { DotDecoder } from './pop3-dot-decoder.ts';

/** What RFC 1939, section 3 asks of a server. */
function stuff(mail: string): string {
  return mail.replaceAll(/(^|\r\n)\./g, '$1..') + '.\r\n';
}

function decode(chunks: Buffer[]): { content: string; rest: string | undefined } {
  const decoder = new DotDecoder();
  const pieces: Buffer[] = [];
  for (const chunk of chunks) {
    const { content, rest } = decoder.decode(chunk);
    pieces.push(...content);
    if (rest) return { content: Buffer.concat(pieces).toString('latin1'), rest: rest.toString('latin1') };
  }
  return { content: Buffer.concat(pieces).toString('latin1'), rest: undefined };
}

const mails = {
  ordinary: 'Subject: x\r\n\r\nHello\r\n',
  empty: '',
  'only a dot': '.\r\n',
  'dots at line starts': '.a\r\n..b\r\n...\r\nend.\r\n.\r\n\r\n',
  'lone line feeds and returns': 'a\n.\nb\r.\rc\r\r\nd\n\r\n.\n.\r\n',
  '8-bit and NUL': `\xff\xfe\x00 \xe4\r\n.\x80\r\n`,
  'empty lines at the end': 'a\r\n\r\n\r\n',
};

test.each(Object.entries(mails))('%s: every split of the answer gives the same bytes', (_, mail) => {
  const answer = Buffer.from(`${stuff(mail)}+OK next`, 'latin1');
  for (let at = 0; at <= answer.length; at++) {
    const { content } = decode([answer.subarray(0, at), answer.subarray(at)]);
    expect(content).toBe(mail);
  }
  const bytes = [...answer].map((byte) => Buffer.of(byte));
  expect(decode(bytes).content).toBe(mail);
});

test('what follows the end is left for the next answer', () => {
  expect(decode([Buffer.from('a\r\n.\r\n+OK 2\r\nb')])).toEqual({ content: 'a\r\n', rest: '+OK 2\r\nb' });
  expect(decode([Buffer.from('a\r\n.\r'), Buffer.from('\n+OK')])).toEqual({ content: 'a\r\n', rest: '+OK' });
});

test('an answer without its closing line has not ended', () => {
  for (const text of ['', 'a\r\n', 'a\r\n.', 'a\r\n.\r', 'a\n.\r\n', 'a\r\n..\r\n', 'a.\r\n']) {
    expect(decode([Buffer.from(text)]).rest).toBeUndefined();
  }
});

test('a lone return after a dot that should have been doubled is kept', () => {
  expect(decode([Buffer.from('a\r\n.\rb\r\n.\r\n')]).content).toBe('a\r\n\rb\r\n');
  expect(decode([Buffer.from('a\r\n.\r'), Buffer.from('b\r\n.\r\n')]).content).toBe('a\r\n\rb\r\n');
});
