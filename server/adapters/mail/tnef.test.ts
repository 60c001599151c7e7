import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bytesOf } from '../../testing/bytes-of.ts';
import { file, mailSenderConfig, multipart, plain, rawOf } from '../../testing/mails.ts';
import { readContext } from '../../testing/secrets.ts';
import {
  attribute,
  binaryProperty,
  namedProperty,
  numberProperty,
  objectProperty,
  textProperty,
  tnefOf,
  uint32,
  unicodeProperty,
} from '../../testing/tnef-writer.ts';
import { openAttachment } from './mail-content.ts';
import { parse } from './parse.ts';
import { unpackTnef } from './tnef.ts';

const context = readContext();
const winmail = (content: Buffer) => file('winmail.dat', content, 'application/ms-tnef');
const read = (mail: string, removeAttachments = false) => parse(rawOf(mail), mailSenderConfig({ removeAttachments }), context);
const contentOf = (mail: string, index: number) => bytesOf(openAttachment(rawOf(mail), index, context));

describe('winmail.dat in a mail', () => {
  const contents = [Buffer.from('one'), randomBytes(100_000), Buffer.alloc(0)];
  const packed = tnefOf({
    body: 'Text of Outlook',
    files: [
      { title: 'ORDER~1.PDF', content: contents[0] ?? Buffer.alloc(0), properties: [unicodeProperty(0x3707, 'Größe №1.pdf')] },
      {
        title: 'image001.png',
        content: contents[1] ?? Buffer.alloc(0),
        properties: [textProperty(0x370e, 'image/PNG'), textProperty(0x3712, 'logo@x'), namedProperty('Name', Buffer.from('x'))],
      },
      { title: 'empty.bin', content: contents[2] ?? Buffer.alloc(0) },
    ],
  });

  test('is replaced by the files in it, which can be opened, and the ones behind it keep their place', async () => {
    const mail = multipart('mixed', [plain('see'), file('before.pdf', 'before'), winmail(packed), file('after.pdf', 'after')]);
    const { message, summary } = await read(mail);
    expect(summary).toBe('5 attachments');
    expect(message.body.text).toBe('see');
    expect(message.attachments).toMatchObject([
      { index: 0, name: 'before.pdf' },
      { index: 1, name: 'Größe №1.pdf', contentType: 'application/pdf', sizeBytes: 3 },
      { index: 2, name: 'image001.png', contentType: 'image/png', contentId: 'logo@x', sizeBytes: 100_000 },
      { index: 3, name: 'empty.bin', contentType: 'application/octet-stream', sizeBytes: 0 },
      { index: 4, name: 'after.pdf' },
    ]);
    for (const [index, content] of contents.entries()) expect(await contentOf(mail, index + 1)).toEqual(content);
    expect((await contentOf(mail, 4)).toString()).toBe('after');
    await expect(contentOf(mail, 5)).rejects.toMatchObject({ code: 'MAIL_NOT_PARSEABLE' });
  });

  test('gives the body where the mail has no other', async () => {
    expect((await read(multipart('mixed', [winmail(packed)]))).message.body).toEqual({
      contentType: 'text/plain',
      text: 'Text of Outlook',
    });
    const asHtml = tnefOf({ properties: [numberProperty(0x3fde, 65001), binaryProperty(0x1013, Buffer.from('<p>Grüße</p>'))] });
    expect((await read(multipart('mixed', [plain(' '), winmail(asHtml)]))).message.body).toEqual({
      contentType: 'text/html',
      text: '<p>Grüße</p>',
    });
  });

  test('is unpacked also where the whole mail is nothing else', async () => {
    const mail = `Subject: x\r\n${winmail(packed)}`;
    expect((await read(mail)).message).toMatchObject({ body: { text: 'Text of Outlook' }, attachments: [{}, {}, {}] });
    expect((await read(mail, true)).message.attachments).toEqual([]);
  });

  test.each([
    ['a length that leads out of it', Buffer.concat([packed.subarray(0, -5), attribute(2, 0x0006800f, Buffer.alloc(0)).fill(0xff, 5, 9)])],
    ['half of it missing', packed.subarray(0, packed.length / 2)],
    ['something else in it', Buffer.from('PK\x03\x04 not TNEF at all')],
    ['nothing in it', Buffer.alloc(0)],
    ['four billion properties', Buffer.concat([packed, attribute(1, 0x00069003, uint32(0xffffffff))])],
    [
      'a property of four billion values',
      Buffer.concat([packed, attribute(1, 0x00069003, Buffer.concat([uint32(1), uint32(0x1000101f), uint32(0xffffffff)]))]),
    ],
    ['30,000 attributes', Buffer.concat([packed, ...Array.from({ length: 30_000 }, () => attribute(1, 0x00018004, Buffer.from('x')))])],
    ['10,000 files', tnefOf({ files: Array.from({ length: 10_000 }, () => ({ title: 'a', content: Buffer.from('a') })) })],
  ])(
    'with %s stays the file it is, and the log says why',
    async (_, content) => {
      const mail = multipart('mixed', [plain('see'), winmail(content), file('after.pdf', 'after')]);
      const { message, summary } = await read(mail);
      expect(message.attachments).toMatchObject([{ name: 'winmail.dat', sizeBytes: content.length }, { name: 'after.pdf' }]);
      expect(message.properties['mail.notices']).toEqual([expect.stringContaining('winmail.dat was not unpacked: ')]);
      expect(summary).toContain('winmail.dat was not unpacked');
      expect(await contentOf(mail, 0)).toEqual(content);
      expect((await contentOf(mail, 1)).toString()).toBe('after');
    },
    30_000,
  );

  test('of more than 32 MB stays the file it is', async () => {
    const content = Buffer.concat([packed, Buffer.alloc(33 * 1024 * 1024)]);
    const mail = multipart('mixed', [winmail(content)]);
    expect((await read(mail)).message.attachments).toMatchObject([{ name: 'winmail.dat', sizeBytes: content.length }]);
    expect((await contentOf(mail, 0)).equals(content)).toBe(true);
  }, 30_000);
});

test('an embedded message stays one file', () => {
  const inner = tnefOf({ body: 'inner' });
  const outer = tnefOf({
    files: [
      { title: 'Re: offer', content: Buffer.alloc(0), properties: [objectProperty(0x3701, Buffer.concat([Buffer.alloc(16, 1), inner]))] },
    ],
  });
  expect(unpackTnef(outer).files).toEqual([
    { fileName: 'Re: offer.dat', contentType: 'application/ms-tnef', contentId: undefined, content: inner },
  ]);
});

test('text is read in the codepage of the mail', () => {
  const packed = tnefOf({ codepage: 1251, files: [{ title: '\xcf\xf0\xe8\xe2\xe5\xf2.txt', content: Buffer.from('x') }] });
  expect(unpackTnef(packed).files[0]?.fileName).toBe('Привет.txt');
});

test('a text that Outlook has as rich text only becomes a file', () => {
  // The example of MS-OXRTFCP, section 4.1.
  const compressed = Buffer.from(
    '2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0',
    'hex',
  );
  const [rtf] = unpackTnef(tnefOf({ properties: [binaryProperty(0x1009, compressed)] })).files;
  expect(rtf).toMatchObject({ fileName: 'message.rtf', contentType: 'application/rtf' });
  expect(rtf?.content.toString()).toBe('{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n');
});

test('a flood of changes to good TNEF never does worse than an error', () => {
  const packed = tnefOf({
    properties: [unicodeProperty(0x1000, 'text'), numberProperty(0x3fde, 1252)],
    files: [
      {
        title: 'a.pdf',
        content: Buffer.from('content'),
        properties: [unicodeProperty(0x3707, 'long.pdf'), namedProperty('n', Buffer.from('x'))],
      },
    ],
  });
  for (let at = 0; at < packed.length; at += 1) {
    for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
      const changed = Buffer.from(packed);
      changed[at] = value;
      try {
        expect(unpackTnef(changed).files.length).toBeLessThan(100);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        expect((error as Error).message).toMatch(/^it /);
      }
    }
  }
});

const run = promisify(execFile);
const hasTnef = await run('tnef', ['--version']).then(
  () => true,
  () => false,
);

test.skipIf(!hasTnef)('the program tnef finds the same files in what the tests write', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'mailroom-tnef-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const contents: Record<string, Buffer> = { 'order.pdf': randomBytes(5_000), 'second.bin': randomBytes(3) };
  const packed = tnefOf({
    body: 'hello',
    properties: [unicodeProperty(0x1000, 'hello'), numberProperty(0x3fde, 65001), namedProperty('Name', Buffer.from('x'))],
    files: Object.entries(contents).map(([title, content]) => ({ title, content, properties: [unicodeProperty(0x3707, title)] })),
  });
  await writeFile(join(directory, 'winmail.dat'), packed);
  await run('tnef', ['-C', directory, join(directory, 'winmail.dat')]);
  const theirs = await Promise.all(
    (await readdir(directory))
      .filter((name) => name !== 'winmail.dat')
      .map(async (name) => [name, await readFile(join(directory, name))] as const),
  );
  expect(Object.fromEntries(theirs)).toEqual(contents);
  expect(unpackTnef(packed).files.map(({ fileName, content }) => [fileName, content])).toEqual(Object.entries(contents));
});
