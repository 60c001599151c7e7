import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { RawMail } from '../../ports/mailbox.ts';
import { parseHead, readHead, readHeaders } from './parse-head.ts';
import { openAttachment, parse } from './parse.ts';

const never = new AbortController().signal;

function rawMail(content: string | Buffer, chunkBytes = 64 * 1024): RawMail {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return {
    sizeBytes: bytes.length,
    open: async function* open() {
      for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
    },
  };
}

const lines = (...text: string[]) => text.join('\r\n');

function multipart(...parts: string[]): string {
  const head = lines('From: a@example.test', 'Subject: Parts', 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary="b1"', '', '');
  return `${head}${parts.map((part) => `--b1\r\n${part}\r\n`).join('')}--b1--\r\n`;
}

function file(name: string | undefined, content: Buffer | string, type = 'application/pdf'): string {
  const disposition = name === undefined ? 'attachment' : `attachment; filename="${name}"`;
  const base64 = Buffer.from(content)
    .toString('base64')
    .replaceAll(/(.{76})/g, '$1\r\n');
  return lines(`Content-Type: ${type}`, `Content-Disposition: ${disposition}`, 'Content-Transfer-Encoding: base64', '', base64);
}

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';

test('headers are decoded under lower-case names, and the text part is the body', async () => {
  const message = await parse(
    rawMail(
      lines(
        'From: =?utf-8?Q?J=C3=B6rg?= <joerg@example.test>',
        'Subject: =?utf-8?B?UmVjaG51bmcgMTfigqw=?=',
        ' and =?iso-8859-1?Q?gr=FC=DFe?=',
        'Message-ID: <m1@example.test>',
        'List-Id: <list.example.test>',
        '',
        'Hello',
        '',
      ),
    ),
    never,
  );
  expect(message.headers).toMatchObject({ from: 'Jörg <joerg@example.test>', subject: 'Rechnung 17€ and grüße' });
  expect(message.body).toEqual({ contentType: 'text/plain', text: 'Hello\n' });
  expect(message.properties).toMatchObject({ 'mail.messageId': '<m1@example.test>', 'mail.isList': true, 'mail.isBounce': false });
});

test('of an alternative the text part is taken; a mail with HTML only keeps its HTML as it is', async () => {
  const html = lines('Content-Type: text/html; charset=utf-8', '', '<p>Grüße</p>');
  const both = multipart(lines('Content-Type: text/plain', '', 'Plain'), html).replace('multipart/mixed', 'multipart/alternative');
  expect((await parse(rawMail(both), never)).body).toMatchObject({ contentType: 'text/plain', text: expect.stringMatching(/^Plain\s*$/) });
  expect((await parse(rawMail(`Subject: x\r\n${html}`), never)).body).toEqual({ contentType: 'text/html', text: '<p>Grüße</p>' });
});

test('the first of two From headers wins and the doubling is flagged', async () => {
  const message = await parse(rawMail(lines('From: first@example.test', 'From: second@example.test', '', 'x')), never);
  expect(message.headers['from']).toBe('first@example.test');
  expect(message.properties['mail.duplicateHeaders']).toEqual(['from']);
});

test('each attachment can be opened with its exact bytes, however the mail is cut into chunks', async () => {
  const contents = [Buffer.alloc(300_000, 'a'), Buffer.from([0, 255, 13, 10, 46, 13, 10]), Buffer.from('three')];
  const mail = multipart(lines('Content-Type: text/plain', '', 'see'), ...contents.map((content, index) => file(`f${index}.pdf`, content)));
  const raw = rawMail(mail, 1_000);
  const { attachments } = await parse(raw, never);
  expect(attachments.map(({ name, sizeBytes }) => ({ name, sizeBytes }))).toEqual(
    contents.map((content, index) => ({ name: `f${index}.pdf`, sizeBytes: content.length })),
  );
  for (const [index, content] of contents.entries()) {
    const hash = createHash('sha256');
    for await (const chunk of openAttachment(raw, index, never)) hash.update(chunk);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(content).digest('hex'));
  }
  await expect(openAttachment(raw, 3, never).next()).rejects.toMatchObject({ code: 'MAIL_NOT_PARSEABLE' });
});

test('equal names, missing names, paths and control characters become safe names, the same at each run', async () => {
  const mail = multipart(
    file('bill.pdf', 'one'),
    file('BILL.pdf', 'two'),
    file(undefined, 'three'),
    file('../../etc/passwd', 'four'),
    file('C:\\\\temp\\\\x.txt', 'five'),
    file(`${'n'.repeat(10_000)}.pdf`, 'six'),
    file('a\tb\u202Egpj.exe', 'seven'),
    file('..', 'eight'),
  );
  const names = (await parse(rawMail(mail), never)).attachments.map(({ name }) => name);
  expect(names[0]).toMatch(new RegExp(`^bill_${uuid}\\.pdf$`));
  expect(names[1]).toMatch(new RegExp(`^BILL_${uuid}\\.pdf$`));
  expect(names[2]).toMatch(new RegExp(`^${uuid}\\.pdf$`));
  expect(names.slice(3, 5)).toEqual(['passwd', 'x.txt']);
  expect(names[5]).toMatch(/^n{176}\.pdf$/);
  expect(names[6]).toBe('abgpj.exe');
  expect(names[7]).toMatch(new RegExp(`^${uuid}\\.pdf$`));
  expect((await parse(rawMail(mail, 100), never)).attachments.map(({ name }) => name)).toEqual(names);
});

test('an inline image keeps its content id, an attached mail stays one attachment', async () => {
  const image = lines('Content-Type: image/png; name=logo.png', 'Content-ID: <logo@x>', 'Content-Disposition: inline', '', 'png');
  const inner = lines('Content-Type: message/rfc822', '', 'Subject: inner', '', 'inner body');
  const { attachments } = await parse(rawMail(multipart(image, inner)), never);
  expect(attachments).toMatchObject([
    { index: 0, name: 'logo.png', contentId: 'logo@x', disposition: 'inline' },
    { index: 1, contentType: 'message/rfc822', name: expect.stringMatching(/\.eml$/), disposition: 'attachment' },
  ]);
});

test('a 10 MB HTML mail is read in a few seconds at most', async () => {
  const html = '<p>Hello <a href="http://example.test/">link</a></p>\r\n'.repeat(200_000);
  const started = performance.now();
  const { body } = await parse(rawMail(lines('Content-Type: text/html', '', html)), never);
  expect(body.text.length).toBeGreaterThan(10_000_000);
  expect(performance.now() - started).toBeLessThan(5_000);
});

test.each([
  ['1,500 parts', multipart(...Array.from({ length: 1_500 }, () => 'Content-Type: text/plain\r\n\r\nx'))],
  ['a head of 2 MB', `X-Long: ${'x '.repeat(1_000_000)}\r\n\r\nbody`],
  ['parts without a boundary', lines('Content-Type: multipart/mixed', '', '--b', '', 'lost?', '--b--')],
])('a mail with %s is refused, not half read', async (_, mail) => {
  await expect(parse(rawMail(mail), never)).rejects.toMatchObject({ code: 'MAIL_NOT_PARSEABLE' });
});

test('odd mails are read as far as they go', async () => {
  expect((await parse(rawMail(''), never)).body.text).toBe('');
  expect((await parse(rawMail('no header at all'), never)).headers).toEqual({});
  expect((await parse(rawMail(multipart(file('x.pdf', 'cut off')).slice(0, -20)), never)).attachments).toHaveLength(1);
  const unknownCharset = lines('Content-Type: text/plain; charset=x-unknown', '', 'still here');
  expect((await parse(rawMail(unknownCharset), never)).body.text).toContain('still here');
});

test('an abort ends the parsing with its reason, and a failing source with its own error', async () => {
  const stop = new AbortController();
  const endless: RawMail = {
    sizeBytes: 1,
    open: async function* open() {
      yield Buffer.from('Subject: x\r\n\r\n');
      stop.abort(new Error('stopped'));
      for (;;) {
        yield Buffer.alloc(1_000, 'x');
        await new Promise(setImmediate);
      }
    },
  };
  await expect(parse(endless, stop.signal)).rejects.toThrow('stopped');
  const broken: RawMail = {
    sizeBytes: 1,
    open: async function* open() {
      yield Buffer.from('Subject: x\r\n\r\n');
      throw new Error('disk gone');
    },
  };
  await expect(parse(broken, never)).rejects.toThrow('disk gone');
});

test.each([
  ['a failing source', 'disk gone'],
  ['an abort', 'stopped'],
])('%s in the middle of an attachment ends both parsing and opening', async (how, message) => {
  const head = multipart(file('big.pdf', Buffer.alloc(300_000))).slice(0, 100_000);
  for (const use of ['parse', 'open'] as const) {
    const stop = new AbortController();
    const raw: RawMail = {
      sizeBytes: 1,
      open: async function* open() {
        yield Buffer.from(head);
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (how === 'a failing source') throw new Error('disk gone');
        stop.abort(new Error('stopped'));
        await new Promise(() => {});
      },
    };
    const ending =
      use === 'parse'
        ? parse(raw, stop.signal)
        : (async () => {
            for await (const chunk of openAttachment(raw, 0, stop.signal)) expect(chunk.length).toBeGreaterThan(0);
          })();
    await expect(ending).rejects.toThrow(message);
  }
});

test('an attachment that is not read to its end lets go of the raw mail', async () => {
  let isClosed = false;
  const bytes = Buffer.from(multipart(file('big.pdf', Buffer.alloc(5_000_000))));
  const raw: RawMail = {
    sizeBytes: bytes.length,
    open: async function* open() {
      try {
        for (let at = 0; at < bytes.length; at += 1_000) yield bytes.subarray(at, at + 1_000);
      } finally {
        isClosed = true;
      }
    },
  };
  for await (const chunk of openAttachment(raw, 0, never)) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
  await expect.poll(() => isClosed).toBe(true);
});

test('the head is read from the first bytes, without subject, with broken charsets and raw 8-bit', async () => {
  expect(readHead(Buffer.from('From: a@x\r\n\r\n'))).toEqual({ subject: '', from: 'a@x', to: '', messageId: '', date: null });
  expect(readHead(Buffer.from('Subject: =?x-none?Q?abc?=\r\nDate: Tue, 1 Jul 2025 10:00:00 +0200 (CEST)\r\n\r\n'))).toMatchObject({
    subject: expect.stringContaining('abc'),
    date: '2025-07-01T08:00:00.000Z',
  });
  expect(readHead(Buffer.from('Subject: Grüße\r\n\r\n')).subject).toBe('Grüße');
  expect(readHead(Buffer.from('Subject: Grüße\r\n\r\n', 'latin1')).subject).toBe('Grüße');
  expect(readHead(Buffer.from('Subject: folded\r\n\tover lines\n  here\r\nDate: never')).subject).toBe('folded\tover lines  here');
});

test('all header lines are listed in their order, up to the first empty line', async () => {
  const raw = rawMail('Received: one\r\nReceived: two\r\nSubject: x\r\n\r\nNot: a header\r\n', 5);
  expect(await readHeaders(raw)).toEqual([
    { name: 'Received', value: 'one' },
    { name: 'Received', value: 'two' },
    { name: 'Subject', value: 'x' },
  ]);
  expect(parseHead(Buffer.from('\r\nNot: a header'))).toEqual([]);
});
