import { createHash, randomBytes } from 'node:crypto';
import { simpleParser } from 'mailparser';
import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import { describe, expect, test } from 'vitest';
import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import type { Message } from '../../../shared/flow.ts';
import type { RawMail } from '../../ports/mailbox.ts';
import { bytesOf } from '../../testing/bytes-of.ts';
import { file, html, lines, mailSenderConfig, multipart, nested, plain, rawOf } from '../../testing/mails.ts';
import { readContext } from '../../testing/secrets.ts';
import { openAttachment } from './mail-content.ts';
import { parse } from './parse.ts';

const context = readContext();
const withSignal = (signal: AbortSignal) => readContext({}, signal);

async function read(content: string | Uint8Array | RawMail, config: Partial<MailSenderConfig> = {}): Promise<Message> {
  const raw = typeof content === 'string' || content instanceof Uint8Array ? rawOf(content) : content;
  return (await parse(raw, mailSenderConfig(config), context)).message;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';

describe('headers and properties', () => {
  const mail = lines(
    'From: =?utf-8?Q?J=C3=B6rg?= <joerg@example.test>',
    'Subject: =?utf-8?B?UmVjaG51bmcgMTfigqw=?=',
    ' and =?iso-8859-1?Q?gr=FC=DFe?=',
    'Message-ID: <m1@example.test>',
    'X-Order: 17',
    'List-Id: <list.example.test>',
    '',
    'Hello',
    '',
  );

  test('headers are decoded under lower-case names, and the text part is the body', async () => {
    const message = await read(mail);
    expect(message.headers).toMatchObject({ from: 'Jörg <joerg@example.test>', subject: 'Rechnung 17€ and grüße', 'x-order': '17' });
    expect(message.body).toEqual({ contentType: 'text/plain', text: 'Hello\n' });
    expect(message.properties).toMatchObject({ 'mail.messageId': '<m1@example.test>', 'mail.isList': true, 'mail.size': mail.length });
  });

  test('Decode MIME Headers off leaves them as they are in the mail', async () => {
    const { headers } = await read(mail, { decodeMimeHeaders: false });
    expect(headers['subject']).toBe('=?utf-8?B?UmVjaG51bmcgMTfigqw=?=\r\n and =?iso-8859-1?Q?gr=FC=DFe?=');
  });

  test('Allowed Headers lets the named ones through, and Subject, From and the like always', async () => {
    expect(Object.keys((await read(mail, { allowedHeaders: 'X-Ord*' })).headers)).toEqual(['from', 'subject', 'message-id', 'x-order']);
    expect(Object.keys((await read(mail, { allowedHeaders: '' })).headers)).toEqual(['from', 'subject', 'message-id']);
  });

  test('the first of two From headers wins and the doubling is flagged', async () => {
    const message = await read(lines('From: first@example.test', 'From: second@example.test', '', 'x'));
    expect(message.headers['from']).toBe('first@example.test');
    expect(message.properties['mail.duplicateHeaders']).toEqual(['from']);
  });

  test('the first of two Content-Type headers decides how the body is read', async () => {
    const doubled = multipart('mixed', [plain('part')]).replace('Content-Type:', 'Content-Type: text/plain\r\nContent-Type:');
    const message = await read(doubled);
    expect(message.headers['content-type']).toBe('text/plain');
    expect(message.body.text).toContain('--b1');
    expect(message.properties['mail.duplicateHeaders']).toEqual(['content-type']);
  });

  test('what the ledger knows of the mail comes as properties; POP3 has neither UIDVALIDITY nor folders', async () => {
    const origin = { uid: '17', epoch: '1700000000', receivedAt: new Date('2026-03-01T08:30:00Z') };
    const properties = async (config: Partial<MailSenderConfig>) =>
      (await parse(rawOf(mail), mailSenderConfig(config), { ...context, origin })).message.properties;
    expect(await properties({ folder: 'Orders/New' })).toMatchObject({
      'mail.uid': '17',
      'mail.uidValidity': '1700000000',
      'mail.folder': 'Orders/New',
      'mail.receivedAt': '2026-03-01T08:30:00.000Z',
    });
    const pop3 = await properties({ protocol: 'pop3' });
    expect(pop3).toMatchObject({ 'mail.uid': '17', 'mail.folder': 'INBOX' });
    expect(pop3).not.toHaveProperty('mail.uidValidity');
  });

  test('Include Original Mail hands over the whole mail, also one that is not UTF-8, in a way that loses no byte', async () => {
    expect((await read(mail, { includeOriginal: true })).properties).toMatchObject({
      'mail.original': mail,
      'mail.originalCharset': 'utf-8',
    });
    const latin1 = Buffer.from('Subject: x\r\n\r\nGr\xfc\xdfe \x00\x80\r\n', 'latin1');
    const { properties } = await read(latin1, { includeOriginal: true });
    expect(properties['mail.originalCharset']).toBe('iso-8859-1');
    expect(Buffer.from(properties['mail.original'] as string, 'latin1')).toEqual(latin1);
  });

  test('an original that is too large for a property is replaced by a sentence, and the mail goes on', async () => {
    const { properties, attachments } = await read(multipart('mixed', [file('big.bin', Buffer.alloc(13_000_000))]), {
      includeOriginal: true,
    });
    expect(properties['mail.original']).toBeNull();
    expect(properties['mail.originalNotice']).toMatch(/it has 17\.\d MB, and mail\.original holds 16 MB at most/);
    expect(attachments).toHaveLength(1);
  });
});

describe('body', () => {
  const both = multipart('alternative', [plain('Plain'), html('<p>Grüße</p>')]);

  test('Text takes the plain text, HTML the HTML, and each the other where a mail has only that', async () => {
    expect((await read(both)).body).toEqual({ contentType: 'text/plain', text: 'Plain' });
    expect((await read(both, { body: 'html' })).body).toEqual({ contentType: 'text/html', text: '<p>Grüße</p>' });
    const onlyHtml = `Subject: x\r\n${html('<p>Grüße</p>')}`;
    expect((await read(onlyHtml)).body).toEqual({ contentType: 'text/html', text: '<p>Grüße</p>' });
    expect((await read('Subject: x\r\n\r\nPlain', { body: 'html' })).body).toEqual({ contentType: 'text/plain', text: 'Plain' });
  });

  test('an alternative whose plain text says nothing is read as HTML', async () => {
    const silent = multipart('alternative', [plain('  \r\n'), html('<p>Hello</p>')]);
    expect((await read(silent)).body).toEqual({ contentType: 'text/html', text: '<p>Hello</p>' });
  });

  test('Whole mail as MIME is the mail as it arrived, and its attachments can still be opened', async () => {
    const mail = multipart('mixed', [plain('see'), file('a.pdf', 'content')]);
    const { body, attachments } = await read(mail, { body: 'mime' });
    expect(body).toEqual({ contentType: 'message/rfc822', text: mail });
    expect(attachments).toHaveLength(1);
  });

  test('Whole mail as MIME of bytes that are no UTF-8 has one character for each', async () => {
    const mail = Buffer.from('Subject: x\r\n\r\nGr\xfc\xdfe', 'latin1');
    const { body } = await read(mail, { body: 'mime' });
    expect(body.contentType).toBe('message/rfc822; charset=iso-8859-1');
    expect(Buffer.from(body.text, 'latin1')).toEqual(mail);
  });

  test('Whole mail as MIME refuses a mail that is too large to be a text', async () => {
    const mail = multipart('mixed', [file('big.bin', Buffer.alloc(13_000_000))]);
    await expect(read(mail, { body: 'mime' })).rejects.toMatchObject({
      code: 'MAIL_NOT_PARSEABLE',
      message: expect.stringContaining('Whole mail as MIME holds 16 MB'),
    });
  });

  test('a footer behind the text belongs to the body, in the form the body has', async () => {
    const footer = plain('To leave the list: a < b');
    const text = multipart('mixed', [plain('Hello'), footer]);
    expect((await read(text)).body).toEqual({ contentType: 'text/plain', text: 'Hello\nTo leave the list: a < b' });
    const htmlWithFooter = multipart('mixed', [html('<p>Hello</p>'), footer]);
    for (const body of ['text', 'html'] as const) {
      const message = await read(htmlWithFooter, { body });
      expect(message.body).toEqual({ contentType: 'text/html', text: '<p>Hello</p><br>\nTo leave the list: a &lt; b' });
      expect(message.attachments).toEqual([]);
    }
  });

  test('HTML behind a plain text is not lost: it is an attachment as well', async () => {
    const mail = multipart('mixed', [plain('Hello'), html('<p>Disclaimer</p>')]);
    const message = await read(mail);
    expect(message.body).toEqual({ contentType: 'text/plain', text: 'Hello' });
    expect(message.attachments).toMatchObject([{ index: 0, contentType: 'text/html' }]);
    expect((await bytesOf(openAttachment(rawOf(mail), 0, context))).toString()).toBe('<p>Disclaimer</p>');
    expect((await read(mail, { body: 'html' })).body.text).toBe('Hello<br>\n<p>Disclaimer</p>');
  });

  test('format=flowed is unfolded, with DelSp and without, and quotes stay quotes', async () => {
    const flowed = (delSp: string, text: string) =>
      read(lines(`Content-Type: text/plain; charset=utf-8; format=Flowed${delSp}`, '', ...text.split('\n')));
    const text = 'One \nparagraph.\n> quoted \n> line\n>> deeper\n From here\n-- \nAda';
    expect((await flowed('', text)).body.text).toBe('One paragraph.\n> quoted line\n>> deeper\nFrom here\n-- \nAda');
    expect((await flowed('; DelSp=YES', '日本 \n語')).body.text).toBe('日本語');
  });

  test('line ends become LF, also in pieces and in UTF-16, and a lone CR stays', async () => {
    const text = 'a\r\n\r\r\nb\r\rc\r';
    for (const chunkBytes of [1, 2, 3, 100]) {
      expect((await read(rawOf(`Subject: x\r\n\r\n${text}`, chunkBytes))).body.text).toBe('a\n\r\nb\r\rc\r');
      const wide = Buffer.concat([Buffer.from('Content-Type: text/plain; charset=utf-16le\r\n\r\n'), Buffer.from('a\r\nൊ\r', 'utf16le')]);
      expect((await read(rawOf(wide, chunkBytes))).body.text).toBe('a\nൊ\r');
    }
  });

  test('a text file that is shown in the mail keeps its name and is an attachment', async () => {
    const notes = lines('Content-Type: text/plain; name=notes.txt', 'Content-Disposition: inline', '', 'notes');
    const message = await read(multipart('mixed', [plain('Hello'), notes]));
    expect(message.body.text).toBe('Hello');
    expect(message.attachments).toMatchObject([{ name: 'notes.txt', disposition: 'inline' }]);
  });

  test('a text of more than 32 MB is refused instead of filling the memory', async () => {
    const endless: RawMail = {
      sizeBytes: 1e9,
      async *open() {
        yield Buffer.from('Subject: x\r\n\r\n');
        for (;;) yield Buffer.alloc(1_000_000, 'x');
      },
    };
    await expect(read(endless)).rejects.toMatchObject({ code: 'MAIL_NOT_PARSEABLE', message: expect.stringContaining('32 MB') });
  });
});

describe('attachments', () => {
  test('each can be opened with its exact bytes, however the mail is cut into chunks', async () => {
    const contents = [Buffer.alloc(300_000, 'a'), Buffer.from([0, 255, 13, 10, 46, 13, 10]), Buffer.from('three')];
    const raw = rawOf(multipart('mixed', [plain('see'), ...contents.map((content, index) => file(`f${index}.pdf`, content))]), 1_000);
    const { attachments } = await read(raw);
    expect(attachments.map(({ name, sizeBytes }) => ({ name, sizeBytes }))).toEqual(
      contents.map((content, index) => ({ name: `f${index}.pdf`, sizeBytes: content.length })),
    );
    for (const [index, content] of contents.entries()) expect(await bytesOf(openAttachment(raw, index, context))).toEqual(content);
    await expect(bytesOf(openAttachment(raw, 3, context))).rejects.toMatchObject({ code: 'MAIL_NOT_PARSEABLE' });
  });

  test('equal names, missing names, paths and control characters become safe names, the same at each run', async () => {
    const mail = multipart('mixed', [
      file('bill.pdf', 'one'),
      file('BILL.pdf', 'two'),
      file(undefined, 'three'),
      file('../../etc/passwd', 'four'),
      file('C:\\\\temp\\\\x.txt', 'five'),
      file(`${'n'.repeat(10_000)}.pdf`, 'six'),
      file('a\tb\u202Egpj.exe', 'seven'),
      file('..', 'eight'),
    ]);
    const names = (await read(mail)).attachments.map(({ name }) => name);
    expect(names[0]).toMatch(new RegExp(`^bill_${uuid}\\.pdf$`));
    expect(names[1]).toMatch(new RegExp(`^BILL_${uuid}\\.pdf$`));
    expect(names[2]).toMatch(new RegExp(`^${uuid}\\.pdf$`));
    expect(names.slice(3, 5)).toEqual(['passwd', 'x.txt']);
    expect(names[5]).toMatch(/^n{176}\.pdf$/);
    expect(names[6]).toBe('abgpj.exe');
    expect(names[7]).toMatch(new RegExp(`^${uuid}\\.pdf$`));
    expect((await read(rawOf(mail, 100))).attachments.map(({ name }) => name)).toEqual(names);
  });

  test('file names are read as programs write them: RFC 2231, encoded-words, raw 8-bit, both at once', async () => {
    const named = (...disposition: string[]) => lines('Content-Type: application/pdf', ...disposition, '', 'x');
    const mail = multipart('mixed', [
      named("Content-Disposition: attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe%20%E2%82%AC.pdf"),
      named("Content-Disposition: attachment; filename*0*=iso-8859-1'de'Rechnung%20f%FC;", ' filename*1=r_;', ' filename*2*=M%E4rz.pdf'),
      named('Content-Disposition: attachment; filename="=?utf-8?B?UmVjaG51bmcg4oKsLnBkZg==?="'),
      named('Content-Disposition: attachment; filename="Grüße.pdf"'),
      named("Content-Disposition: attachment; filename=ascii.pdf; filename*=utf-8''%C3%BC.pdf"),
      named('Content-Disposition: attachment; filename=my order 17.pdf'),
      lines('Content-Type: application/pdf; name="=?iso-8859-1?Q?f=FCr?= =?iso-8859-1?Q?_dich=2Epdf?="', '', 'x'),
    ]);
    expect((await read(mail)).attachments.map(({ name }) => name)).toEqual([
      'Grüße €.pdf',
      'Rechnung für_März.pdf',
      'Rechnung €.pdf',
      'Grüße.pdf',
      'ü.pdf',
      'my order 17.pdf',
      'für dich.pdf',
    ]);
  });

  test('an inline image keeps its content id; one that HTML refers to is inline', async () => {
    const image = lines('Content-Type: image/png; name=logo.png', 'Content-ID: <logo@x>', 'Content-Disposition: inline', '', 'png');
    const related = lines('Content-Type: image/gif', 'Content-ID: <dot@x>', '', 'gif');
    const mail = multipart('mixed', [nested('related', [html('<img src="cid:dot@x">'), related], 'b2'), image]);
    expect((await read(mail)).attachments).toMatchObject([
      { index: 0, contentType: 'image/gif', contentId: 'dot@x', disposition: 'inline' },
      { index: 1, name: 'logo.png', contentId: 'logo@x', disposition: 'inline' },
    ]);
  });

  test('an attached mail is one attachment, named after its subject, whatever is in it', async () => {
    const attached = multipart('mixed', [plain('inner text'), file('inner.pdf', 'inner')], 'inner').replace(
      'Subject: Parts',
      'Subject: =?utf-8?Q?Re:_Angebot_4/17_f=C3=BCr?= Ada',
    );
    const raw = rawOf(multipart('mixed', [plain('see'), lines('Content-Type: message/rfc822', '', attached), file('after.pdf', 'after')]));
    const { body, attachments } = await read(raw);
    expect(body.text).toBe('see');
    expect(attachments).toMatchObject([
      { name: 'Re_ Angebot 4_17 für Ada.eml', contentType: 'message/rfc822', disposition: 'attachment' },
      { name: 'after.pdf' },
    ]);
    expect((await bytesOf(openAttachment(raw, 0, context))).toString()).toBe(attached);
  });

  test('Remove Attachments hands over the mail without them and says so', async () => {
    const mail = multipart('mixed', [plain('see'), file('a.pdf', 'a'), file('b.pdf', 'b')]);
    const { message, summary } = await parse(rawOf(mail), mailSenderConfig({ removeAttachments: true }), context);
    expect(message.attachments).toEqual([]);
    expect(message.body.text).toBe('see');
    expect(summary).toBe('2 attachments, removed');
  });

  test('what nodemailer composes comes out with the same names and hashes, under every transfer encoding', async () => {
    const contents = [0, 1, 2, 3, 57, 58, 76, 77, 1_000, 65_535, 65_536, 300_001].map((length) => randomBytes(length));
    const encodings = ['base64', 'quoted-printable', '7bit'] as const;
    const attachments = contents.flatMap((bytes, index) =>
      encodings.map((encoding) => ({
        filename: `Größe ${bytes.length} ${encoding} №${index}.bin`,
        // 7bit carries text only.
        content: encoding === '7bit' ? Buffer.from(bytes.toString('hex').replaceAll(/(.{70})/g, '$1\r\n')) : bytes,
        contentTransferEncoding: encoding,
      })),
    );
    const composed = await new MailComposer({ from: 'a@x', to: 'b@x', subject: 'Grüße', text: 'see', html: '<p>see</p>', attachments })
      .compile()
      .build();
    for (const chunkBytes of [64 * 1024, 997]) {
      const raw = rawOf(composed, chunkBytes);
      const message = await read(raw);
      expect(message.attachments.map(({ name }) => name)).toEqual(attachments.map(({ filename }) => filename));
      for (const { index, sizeBytes } of message.attachments) {
        const expected = attachments[index]?.content ?? Buffer.alloc(0);
        expect(sizeBytes).toBe(expected.length);
        expect(sha256(await bytesOf(openAttachment(raw, index, context)))).toBe(sha256(expected));
      }
    }
  });
});

describe('agreement with mailparser', () => {
  const corpus: [string, string][] = [
    [
      'nested multiparts',
      multipart('mixed', [
        nested('alternative', [plain('a'), nested('related', [html('b'), file('i.png', 'i', 'image/png')], 'b3')], 'b2'),
        file('c.pdf', 'c'),
      ]),
    ],
    ['a missing closing boundary', multipart('mixed', [plain('a'), file('c.pdf', 'c')]).replace(/--b1--\r\n$/, '')],
    ['bare LF', multipart('mixed', [plain('a\r\nb'), file('c.pdf', 'c')]).replaceAll('\r\n', '\n')],
    ['lines that look like boundaries', multipart('mixed', [plain('--b\r\n--b1x\r\n-- \r\n--'), file('c.pdf', 'c')])],
    [
      'preamble and epilogue',
      multipart('mixed', [plain('a'), file('c.pdf', 'c')]).replace('\r\n\r\n', '\r\n\r\nThis is MIME.\r\n') + 'epilogue\r\n',
    ],
    ['empty parts', multipart('mixed', [plain(''), file('c.pdf', '')])],
    ['boundaries that begin alike', multipart('mixed', [nested('mixed', [plain('a'), file('c.pdf', 'c')], 'b1b1')])],
  ];

  test.each(corpus)('%s: the same text and the same files, wherever the chunks end', async (_, mail) => {
    const theirs = await simpleParser(mail, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true });
    const expected = theirs.attachments.map(({ filename, content }) => ({ name: filename, content: content.toString() }));
    for (const chunkBytes of [1, 2, 3, 7, 64, 100_000]) {
      const raw = rawOf(mail, chunkBytes);
      const { body, attachments } = await read(raw);
      expect(body.text.trimEnd()).toBe((theirs.text ?? '').trimEnd());
      const ours = await Promise.all(
        attachments.map(async ({ name, index }) => ({ name, content: (await bytesOf(openAttachment(raw, index, context))).toString() })),
      );
      expect(ours).toEqual(expected);
    }
  });
});

describe('limits', () => {
  test('a 10 MB HTML mail is read in a few seconds at most', async () => {
    const text = '<p>Hello <a href="http://example.test/">link</a></p>\r\n'.repeat(200_000);
    const started = performance.now();
    const { body } = await read(lines('Content-Type: text/html', '', text));
    expect(body.text.length).toBeGreaterThan(10_000_000);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  const deep = (levels: number) =>
    Array.from({ length: levels }, (_, level) => `Content-Type: multipart/mixed; boundary="l${level}"\r\n\r\n--l${level}\r\n`).join('') +
    '\r\ntext';

  test.each([
    [
      '1,500 parts',
      multipart(
        'mixed',
        Array.from({ length: 1_500 }, () => plain('x')),
      ),
      '1000 parts',
    ],
    ['a head of 2 MB', `X-Long: ${'x '.repeat(1_000_000)}\r\n\r\nbody`, '1 MB'],
    ['a part with a head of 2 MB', multipart('mixed', [`X-Long: ${'x '.repeat(1_000_000)}\r\n\r\nbody`]), '1 MB'],
    ['20,000 header lines', `${'X-Short: x\r\n'.repeat(20_000)}\r\nbody`, '10000 header lines'],
    ['20,000 levels of nesting', `Subject: x\r\n${deep(20_000)}`, '64 deep'],
    ['parts without a boundary', lines('Content-Type: multipart/mixed', '', '--b', '', 'lost?', '--b--'), 'no boundary'],
    ['another boundary than it says', lines('Content-Type: multipart/mixed; boundary=a', '', '--b', '', 'lost?', '--b--'), 'was not found'],
  ])('a mail with %s is refused, not half read', async (_, mail, reason) => {
    const refused = expect(read(mail)).rejects;
    await refused.toMatchObject({ code: 'MAIL_NOT_PARSEABLE', message: expect.stringContaining(reason) });
  });

  test('odd mails are read as far as they go', async () => {
    expect((await read('')).body.text).toBe('');
    expect(await read('no header at all')).toMatchObject({ headers: {}, body: { text: 'no header at all' } });
    expect((await read(multipart('mixed', [file('x.pdf', 'cut off')]).slice(0, -20))).attachments).toHaveLength(1);
    expect((await read(lines('Content-Type: text/plain; charset=x-unknown', '', 'still here'))).body.text).toContain('still here');
    const noBoundaryInside = multipart('mixed', [plain('a'), lines('Content-Type: multipart/mixed', '', 'kept')]);
    expect(await read(noBoundaryInside)).toMatchObject({
      body: { text: 'a' },
      attachments: [{ contentType: 'multipart/mixed', sizeBytes: 4 }],
    });
    expect((await read('__proto__: x\r\nconstructor: y\r\n\r\n')).headers).toEqual(JSON.parse('{"__proto__":"x","constructor":"y"}'));
  });

  test('white space behind boundaries does not hide the parts', async () => {
    const mail = multipart('mixed', [plain('text'), file('c.pdf', 'c')]).replaceAll('--b1\r\n', '--b1 \t\r\n');
    expect(await read(mail)).toMatchObject({ body: { text: 'text' }, attachments: [{ name: 'c.pdf' }] });
  });

  test('a multipart in a multipart with the same boundary loses nothing', async () => {
    const mail = multipart('mixed', [nested('alternative', [plain('text')], 'b1'), file('c.pdf', 'c')]);
    expect(await read(mail)).toMatchObject({ body: { text: 'text' }, attachments: [{ name: 'c.pdf' }] });
  });

  test.each(['\r\n--x', '\n', '--b1x\n', 'x'.repeat(70) + '\r\n', '=', '=\r\n', '=3D', ' ', '-'])(
    '30 MB of %j are read without blocking the process for long',
    async (piece) => {
      const block = Buffer.from(piece.repeat(Math.ceil((64 * 1024) / piece.length)));
      const head = multipart('mixed', [
        lines('Content-Type: application/x-data', 'Content-Transfer-Encoding: quoted-printable', '', ''),
      ]).slice(0, -10);
      const raw: RawMail = {
        sizeBytes: 1,
        async *open() {
          yield Buffer.from(head);
          for (let bytes = 0; bytes < 30_000_000; bytes += block.length) yield block;
        },
      };
      let longestMs = 0;
      let last = performance.now();
      const watch = setInterval(() => {
        longestMs = Math.max(longestMs, performance.now() - last);
        last = performance.now();
      }, 1);
      const started = performance.now();
      await read(raw);
      clearInterval(watch);
      expect(performance.now() - started).toBeLessThan(20_000);
      expect(longestMs).toBeLessThan(1_000);
    },
    30_000,
  );
});

test('a flood of changes to a good mail never does worse than an unreadable mail, and gives the same wherever the chunks end', async () => {
  const good = Buffer.from(
    multipart('mixed', [
      nested(
        'alternative',
        [plain('Grüße =?utf-8?Q?x?='), nested('related', [html('<p>x</p>'), file('i.png', 'img', 'image/png')], 'b3')],
        'b2',
      ),
      lines('Content-Type: message/rfc822', '', 'Subject: inner', '', 'x'),
      lines('Content-Type: text/plain; name=q.txt', 'Content-Transfer-Encoding: quoted-printable', '', 'a=3D=\r\nb =20\r\n'),
      file('größe.pdf', 'c'),
    ]),
  );
  // Always the same ones, so that a failure can be looked at.
  let seed = 17;
  const random = (below: number) => (seed = (seed * 48_271) % 0x7fffffff) % below;
  const outcome = (mail: Buffer, chunkBytes: number) =>
    read(rawOf(mail, chunkBytes)).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'MAIL_NOT_PARSEABLE' });
      return String(error);
    });
  const pieces = ['\r\n', '\n', '--b1', '--b2--', '--b3\r\n', '\r', '=', '"', '\0', '\xff', ' ', ';', ':', '--'].map((piece) =>
    Buffer.from(piece, 'latin1'),
  );
  for (let round = 0; round < 400; round += 1) {
    let mail = good;
    for (let change = 0; change < 3; change += 1) {
      const at = random(mail.length);
      const inserted = random(3) === 0 ? Buffer.alloc(0) : (pieces[random(pieces.length)] ?? Buffer.alloc(0));
      mail = Buffer.concat([mail.subarray(0, at), inserted, mail.subarray(at + random(4))]);
    }
    const whole = await outcome(mail, mail.length);
    for (const chunkBytes of [1, 2, 5, 61]) expect(await outcome(mail, chunkBytes)).toEqual(whole);
  }
}, 60_000);

describe('ends', () => {
  test('an abort ends the parsing with its reason, and a failing source with its own error', async () => {
    const stop = new AbortController();
    const endless: RawMail = {
      sizeBytes: 1,
      async *open() {
        yield Buffer.from('Subject: x\r\n\r\n');
        stop.abort(new Error('stopped'));
        for (;;) {
          yield Buffer.alloc(1_000, 'x');
          await new Promise(setImmediate);
        }
      },
    };
    await expect(parse(endless, mailSenderConfig(), withSignal(stop.signal))).rejects.toThrow('stopped');
    const broken: RawMail = {
      sizeBytes: 1,
      async *open() {
        yield Buffer.from('Subject: x\r\n\r\n');
        throw new Error('disk gone');
      },
    };
    await expect(read(broken)).rejects.toThrow('disk gone');
  });

  test.each([
    ['a failing source', 'disk gone'],
    ['an abort', 'stopped'],
  ])('%s in the middle of an attachment ends both parsing and opening', async (how, message) => {
    const head = multipart('mixed', [file('big.pdf', Buffer.alloc(300_000))]).slice(0, 100_000);
    for (const use of ['parse', 'open'] as const) {
      const stop = new AbortController();
      const raw: RawMail = {
        sizeBytes: 1,
        async *open() {
          yield Buffer.from(head);
          await new Promise((resolve) => setTimeout(resolve, 20));
          if (how === 'a failing source') throw new Error('disk gone');
          stop.abort(new Error('stopped'));
          await new Promise(() => {});
        },
      };
      const ending =
        use === 'parse'
          ? parse(raw, mailSenderConfig(), withSignal(stop.signal))
          : bytesOf(openAttachment(raw, 0, withSignal(stop.signal)));
      await expect(ending).rejects.toThrow(message);
    }
  });

  test('an attachment that is not read to its end lets go of the raw mail', async () => {
    let isClosed = false;
    const bytes = Buffer.from(multipart('mixed', [file('big.pdf', Buffer.alloc(5_000_000))]));
    const raw: RawMail = {
      sizeBytes: bytes.length,
      async *open() {
        try {
          for (let at = 0; at < bytes.length; at += 1_000) yield bytes.subarray(at, at + 1_000);
        } finally {
          isClosed = true;
        }
      },
    };
    for await (const chunk of openAttachment(raw, 0, context)) {
      expect(chunk).toBeDefined();
      break;
    }
    await expect.poll(() => isClosed).toBe(true);
  });
});
