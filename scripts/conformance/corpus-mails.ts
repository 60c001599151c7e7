import { mailCorpus } from '../../server/testing/mail-corpus.ts';

/** Mails in which something is unusual that a server stores all the same; the same at each run but for the first few. */
export interface CorpusMail {
  name: string;
  raw: Buffer;
}

export function corpusMails(): CorpusMail[] {
  return [...mailCorpus(), ...lineEnds(), ...bytes(), ...dots(), ...heads(), ...sizes(), ...structures(), ...charsetMails()];
}

export const smallMails = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, index) => mail(`small ${index}`, `Line ${index}\r\n`));

function mail(subject: string, body: string | Buffer, ...headers: string[]): Buffer {
  const head = ['From: a@example.test', `Subject: ${subject}`, `Message-ID: <${subject.replaceAll(/\W+/g, '-')}@corpus.test>`, ...headers];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), typeof body === 'string' ? Buffer.from(body) : body]);
}

const named = (name: string, body: string | Buffer, ...headers: string[]): CorpusMail => ({ name, raw: mail(name, body, ...headers) });
const latin1 = (text: string) => Buffer.from(text, 'latin1');

function lineEnds(): CorpusMail[] {
  return [
    named('no line end at the end', 'last line'),
    named('two empty lines at the end', 'body\r\n\r\n\r\n'),
    named('CR at the end', 'body\r'),
    named('lone CR within a line', 'one\rtwo\r\n'),
    named('CR CR LF', 'one\r\r\ntwo\r\n'),
    named('LF CR', 'one\n\rtwo\r\n'),
    named('some lines end in LF only', 'one\r\ntwo\nthree\r\n'),
    { name: 'all lines end in LF only', raw: Buffer.from('From: a@example.test\nSubject: unix\n\none\n.two\n..three\n') },
    { name: 'LF only, and no line end at the end', raw: Buffer.from('From: a@example.test\n\none\ntwo') },
  ];
}

function bytes(): CorpusMail[] {
  return [
    named('NUL within a line', latin1('one\0two\r\n')),
    named('lines of NULs', Buffer.concat([Buffer.alloc(3_000), latin1('\r\n'), Buffer.alloc(10), latin1('\r\n')])),
    { name: 'NUL in a header', raw: latin1('From: a@example.test\r\nSubject: a\0b\r\n\r\nbody\r\n') },
    named('control characters', latin1('\x01\x02\x07\x08\x0b\x0c\x1a\x1b[31m\x7f\r\n\x04\r\n')),
    named('bytes that are no UTF-8', latin1('\xff\xfe\xc3\r\n\xed\xa0\x80\xf8\xc0\xaf\r\n')),
    named('UTF-8 with a byte order mark', '\ufeffone\r\n\u{1f4ec}\u2028two\r\n', 'Content-Type: text/plain; charset=utf-8'),
    named('binary with CRLF in it', latin1('\x89PNG\r\n\x1a\n\x01\r\n'), 'Content-Transfer-Encoding: binary'),
  ];
}

function dots(): CorpusMail[] {
  // Where a reader's buffer may end: the end of a mail, or a stuffed dot, is then seen in two pieces.
  const edges = [1_024, 4_096, 8_192, 16_384, 65_536];
  const padded = (edge: number, text: string): CorpusMail => {
    const name = `${JSON.stringify(text)} around byte ${edge}`;
    const empty = mail(name, '').length;
    const fill = `${'x'.repeat(70)}\r\n`.repeat(Math.ceil(edge / 72));
    const start = edge - empty - Math.floor(text.length / 2);
    return named(name, `${fill.slice(0, start)}${text}tail\r\n`);
  };
  return [
    named('only a dot', '.\r\n'),
    named('only a dot, no line end', '.'),
    named('two dots, no line end', 'x\r\n..'),
    named('a dot in each line', '.line\r\n'.repeat(5_000)),
    named('dots of all lengths', Array.from({ length: 300 }, (_, count) => `${'.'.repeat(count)}\r\n`).join('')),
    ...edges.flatMap((edge) => [padded(edge, '\r\n.\r\n'), padded(edge, '\r\n..\r\n')]),
  ];
}

function heads(): CorpusMail[] {
  return [
    { name: 'nothing', raw: Buffer.alloc(0) },
    { name: 'one empty line', raw: Buffer.from('\r\n') },
    { name: 'a head without a body', raw: Buffer.from('From: a@example.test\r\nSubject: head only\r\n') },
    { name: 'a head without a line end', raw: Buffer.from('Subject: cut off') },
    { name: 'a body without a head', raw: Buffer.from('\r\nbody only\r\n') },
    { name: 'no head to be seen', raw: Buffer.from('this is not a mail\r\nat all\r\n') },
    {
      name: 'a line of mbox at the start',
      raw: Buffer.from('From a@example.test Mon Jan  1 00:00:00 2026\r\nSubject: mbox\r\n\r\nFrom b\r\n>From c\r\n'),
    },
    { name: '8-bit headers, latin-1', raw: latin1('From: J\xf6rg <a@example.test>\r\nSubject: Gr\xfc\xdfe\r\n\r\nbody\r\n') },
    { name: '8-bit headers, UTF-8', raw: Buffer.from('From: Jörg <a@example.test>\r\nSubject: Grüße 📬\r\n\r\nbody\r\n') },
    named('a header of 100,000 characters', 'body\r\n', `X-Long: ${'x'.repeat(100_000)}`),
    named(
      'a header folded 2,000 times',
      'body\r\n',
      `X-Folded: ${Array.from({ length: 2_000 }, (_, line) => `line ${line}`).join('\r\n\t')}`,
    ),
    named(
      '5,000 headers',
      'body\r\n',
      ...Array.from({ length: 5_000 }, (_, line) => `Received: from host${line} by host; Mon, 5 Jan 2026 10:00:00 +0000`),
    ),
    named('an empty header', 'body\r\n', 'X-Empty:', 'X-Space: '),
    named('the same headers twice', 'body\r\n', 'Subject: again', 'From: b@example.test', 'Message-ID: <again@corpus.test>'),
    named(
      'encoded words',
      'body\r\n',
      'X-A: =?utf-8?B?R3LDvMOfZQ==?= =?iso-8859-1?Q?Gr=FC=DFe?=',
      'X-B: =?utf-8?Q?=E2=82?= =?utf-8?Q?=AC?=',
    ),
  ];
}

function sizes(): CorpusMail[] {
  const mib = 1024 * 1024;
  const text = `${'0123456789'.repeat(7)}\r\n`;
  const exactly = (length: number, name: string): CorpusMail => {
    const head = mail(name, '');
    const body = text.repeat(Math.ceil(length / text.length)).slice(0, length - head.length - 2);
    return { name, raw: Buffer.concat([head, Buffer.from(`${body.replace(/\r$/, 'x')}\r\n`)]) };
  };
  const lines = [76, 77, 998, 999, 1_000, 4_095, 8_191, 8_192, 65_536, 1_000_000].map((length) => `${'y'.repeat(length)}\r\n`);
  return [
    named('lines of many lengths', lines.join('')),
    named('100,000 empty lines', '\r\n'.repeat(100_000)),
    // Where the adapter begins to read in pieces, and where its pieces end.
    ...[mib, 2 * mib, 4 * mib].flatMap((size) => [-1, 0, 1].map((more) => exactly(size + more, `${size + more} bytes`))),
    exactly(30 * mib, '30 MB'),
  ];
}

function structures(): CorpusMail[] {
  const part = (type: string, body: string, ...headers: string[]) => [`Content-Type: ${type}`, ...headers, '', body].join('\r\n');
  const multipart = (kind: string, boundary: string, parts: string[]) =>
    part(`multipart/${kind}; boundary="${boundary}"`, `${parts.map((one) => `--${boundary}\r\n${one}\r\n`).join('')}--${boundary}--\r\n`);
  const whole = (name: string, content: string): CorpusMail => ({
    name,
    raw: Buffer.from(`From: a@example.test\r\nSubject: ${name}\r\nMIME-Version: 1.0\r\n${content}`),
  });
  const base64 = (length: number) => pattern(length).toString('base64').replaceAll(/.{76}/g, '$&\r\n');
  const pdf = part('application/pdf; name="a.pdf"', base64(20_000), 'Content-Transfer-Encoding: base64');
  const nested = (depth: number): string =>
    depth === 0 ? part('text/plain', 'core') : multipart('mixed', `b${depth}`, [nested(depth - 1)]);
  return [
    whole('text and HTML', multipart('alternative', 'alt', [part('text/plain', 'Hello'), part('text/html', '<p>Hello</p>')])),
    whole('an attachment', multipart('mixed', 'mix', [part('text/plain', 'Hello'), pdf])),
    whole(
      '200 attachments',
      multipart(
        'mixed',
        'many',
        Array.from({ length: 200 }, () => pdf),
      ),
    ),
    whole(
      'a mail within a mail',
      multipart('mixed', 'fwd', [part('text/plain', 'see'), part('message/rfc822', mail('inner', 'Hello\r\n').toString())]),
    ),
    whole('parts 50 deep', nested(50)),
    whole('a part without an end', 'Content-Type: multipart/mixed; boundary="open"\r\n\r\n--open\r\nContent-Type: text/plain\r\n\r\nHello'),
    whole('a multipart without a boundary', 'Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\nHello\r\n--x--\r\n'),
    whole(
      'quoted-printable',
      part('text/plain; charset=utf-8', 'Gr=C3=BC=C3=9Fe =\r\n=2E\r\n.=\r\n', 'Content-Transfer-Encoding: quoted-printable'),
    ),
    whole('uuencode', part('text/plain', 'begin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\n')),
    whole(
      'a delivery report',
      multipart('report; report-type=delivery-status', 'dsn', [
        part('text/plain', 'failed'),
        part('message/delivery-status', 'Reporting-MTA: dns; mx.test\r\n\r\nAction: failed\r\nStatus: 5.1.1'),
      ]),
    ),
    whole(
      'a signed mail',
      multipart('signed; protocol="application/pkcs7-signature"', 'sig', [
        part('text/plain', 'signed'),
        part('application/pkcs7-signature', base64(2_000)),
      ]),
    ),
  ];
}

/** Bytes that repeat late and have all values. */
function pattern(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 31 + (index >> 8) * 7) & 0xff));
}

/** The encodings of the web (WHATWG Encoding Standard), which are those that mails come in. */
const charsets = `
  utf-8 ibm866 iso-8859-2 iso-8859-3 iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-10
  iso-8859-13 iso-8859-14 iso-8859-15 iso-8859-16 koi8-r koi8-u macintosh windows-874 windows-1250 windows-1251
  windows-1252 windows-1253 windows-1254 windows-1255 windows-1256 windows-1257 windows-1258 x-mac-cyrillic gbk gb18030
  big5 euc-jp shift_jis euc-kr
`
  .trim()
  .split(/\s+/);

/** Each with bytes that mean something in it; those that are not 8-bit are written out. */
function charsetMails(): CorpusMail[] {
  const written: [string, Buffer][] = [
    ['iso-2022-jp', latin1('\x1b$B$3$s$K$A$O\x1b(B\r\n')],
    ['iso-2022-kr', latin1('\x1b$)C\x0e>H3gGO<<?d\x0f\r\n')],
    ['hz-gb-2312', latin1('~{<:Ky2;S{#,NpJ)l6HK!#~}\r\n')],
    ['utf-7', latin1('Gr+APwA3w-e\r\n')],
    ['utf-16le', Buffer.from('Grüße\r\n', 'utf16le')],
  ];
  const decoded = charsets.map((charset): [string, Buffer] => [charset, textIn(charset)]);
  return [...decoded, ...written].map(([charset, body]) =>
    named(`charset ${charset}`, body, `Content-Type: text/plain; charset=${charset}`),
  );
}

/** Characters of one and two bytes that the charset knows, twenty to a line. */
function textIn(charset: string): Buffer {
  const decoder = new TextDecoder(charset, { fatal: true });
  const isText = (candidate: number[]) => {
    try {
      return /^.$/su.test(decoder.decode(Uint8Array.from(candidate)));
    } catch {
      return false;
    }
  };
  const high = Array.from({ length: 128 }, (_, index) => index + 128);
  const found = high.flatMap((first) => {
    if (isText([first])) return [[first]];
    return high.filter((second, index) => index % 16 === 0 && isText([first, second])).map((second) => [first, second]);
  });
  return Buffer.from(found.flatMap((character, index) => (index % 20 === 19 ? [...character, 13, 10] : character)).concat(13, 10));
}
