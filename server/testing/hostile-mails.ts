import { file, html, lines, multipart, plain } from './mails.ts';

/** A mail that somebody sends to break who reads it. Made as it is written, never held as a whole. */
export interface HostileMail {
  name: string;
  pieces: Iterable<Uint8Array>;
  /** Read as far as it makes sense, or kept raw for a person to look at. */
  end: 'completed' | 'quarantined';
}

const from = 'From: mallory@example.test';
const inOnePiece = (mail: string | Uint8Array): Iterable<Uint8Array> => [typeof mail === 'string' ? Buffer.from(mail) : mail];

/** `head`, then `piece` until there are `megabytes` of it, then `tail`. */
function* repeated(head: string, piece: string, megabytes: number, tail = '\r\n\r\nend\r\n'): Iterable<Uint8Array> {
  yield Buffer.from(head);
  const block = Buffer.from(piece.repeat(Math.ceil((256 * 1024) / piece.length)));
  for (let bytes = 0; bytes < megabytes * 1024 * 1024; bytes += block.length) yield block;
  yield Buffer.from(tail);
}

function* numbered(head: string, count: number, piece: (index: number) => string): Iterable<Uint8Array> {
  yield Buffer.from(head);
  for (let index = 0; index < count; index += 1000) {
    yield Buffer.from(Array.from({ length: Math.min(1000, count - index) }, (_, offset) => piece(index + offset)).join(''));
  }
}

const mixed = `${from}\r\nSubject: parts\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n`;
const emptyPart = '--b\r\nContent-Type: text/plain\r\n\r\nx\r\n';
const openLevel = (index: number) => `Content-Type: multipart/mixed; boundary=l${index}\r\n\r\n--l${index}\r\n`;

export function hostileMails(): HostileMail[] {
  const completed = (name: string, pieces: Iterable<Uint8Array>): HostileMail => ({ name, pieces, end: 'completed' });
  const quarantined = (name: string, pieces: Iterable<Uint8Array>): HostileMail => ({ name, pieces, end: 'quarantined' });
  return [
    // Too much of something.
    quarantined(
      '1,500 parts',
      numbered(mixed, 1_500, () => emptyPart),
    ),
    quarantined(
      '200,000 parts',
      numbered(mixed, 200_000, () => emptyPart),
    ),
    quarantined('20,000 levels of nesting', numbered(`${from}\r\nSubject: deep\r\n`, 20_000, openLevel)),
    quarantined('a header line of 100 MB', repeated(`${from}\r\nX-Long: `, 'x', 100)),
    quarantined('a header of 100 MB in folded lines', repeated(`${from}\r\nX-Long: x`, '\r\n x', 100)),
    quarantined('100 MB of header lines', repeated(`${from}\r\n`, 'X-Short: x\r\n', 100)),
    quarantined('a part with a header line of 20 MB', repeated(`${mixed}--b\r\nX-Long: `, 'x', 20)),
    quarantined('20,000 header lines', repeated(`${from}\r\n`, 'X: y\r\n', 0.2)),
    quarantined('40 MB of text', repeated(`${from}\r\nSubject: text\r\n\r\n`, 'All work and no play.\r\n', 40)),
    completed(
      '10 MB of HTML',
      repeated(`${from}\r\nContent-Type: text/html\r\n\r\n`, '<p>Hello <a href="http://x.test/">you</a></p>\r\n', 10),
    ),
    completed('10 MB of HTML in one line', repeated(`${from}\r\nContent-Type: text/html\r\n\r\n`, '<p><', 10)),
    completed(
      'an attachment of 100 MB in one line of base64',
      repeated(`${mixed}--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n`, 'AAAA', 100, '\r\n--b--\r\n'),
    ),
    completed(
      '50 MB of lines that look like boundaries',
      repeated(`${mixed}--b\r\nContent-Type: image/png\r\n\r\n`, '--b_\r\n--\r\n', 50, '\r\n--b--\r\n'),
    ),
    completed(
      '50 MB of quoted-printable that never ends a line',
      repeated(
        `${mixed}--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n`,
        '= =\t',
        50,
        '\r\n--b--\r\n',
      ),
    ),
    completed('1 MB of encoded-words in the subject', repeated(`${from}\r\nSubject: x`, ' =?utf-8?B?YQ==?=', 0.7)),
    completed('1 MB of brackets in From', repeated('From: ', '(<"\\', 0.7)),
    completed('1 MB of parameters', repeated(`${from}\r\nContent-Type: text/plain`, '; a*1*=%41; b', 0.7)),
    completed('1 MB of white space in a header', repeated(`${from}\r\nSubject: x`, ' ', 0.7, 'y\r\n\r\nend\r\n')),

    // Names.
    completed('a file name of 10,000 characters', inOnePiece(multipart('mixed', [file(`${'n'.repeat(10_000)}.pdf`, 'x')]))),
    completed(
      'file names that lead out of a folder',
      inOnePiece(
        multipart(
          'mixed',
          ['../../../etc/passwd', '..\\\\..\\\\boot.ini', '/etc/passwd', '..', 'a\0b.txt', 'CON'].map((name) => file(name, 'x')),
        ),
      ),
    ),
    completed('headers that are names of JavaScript', inOnePiece('__proto__: x\r\nconstructor: y\r\ntoString: z\r\n\r\nend\r\n')),

    // Packed and protected.
    completed(
      'an encrypted mail of 50 MB that is nested without end',
      repeated(`${from}\r\nContent-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n`, 'MIAwgDCA', 50),
    ),
    completed(
      'a signature whose length lies',
      inOnePiece(
        lines(
          from,
          'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=s',
          '',
          `--s\r\n${plain('x')}\r\n--s`,
          'Content-Type: application/pkcs7-signature',
          'Content-Transfer-Encoding: base64',
          '',
          'MIT/////\r\n--s--\r\n',
        ),
      ),
    ),
    completed(
      'a winmail.dat whose lengths lie',
      inOnePiece(
        multipart('mixed', [file('winmail.dat', Buffer.from('789f3e220100020690080000000000ff7f', 'hex'), 'application/ms-tnef')]),
      ),
    ),

    // Wrong.
    completed('a charset that is not so', inOnePiece(`${from}\r\n${plain('Gr\u00fc\u00dfe', 'iso-2022-kr')}\r\n`)),
    completed(
      'bytes that are not in the charset',
      inOnePiece(Buffer.concat([Buffer.from(`${from}\r\n${plain('', 'gb18030')}`), Buffer.from([0xff, 0x81, 0x30, 0xfe])])),
    ),
    quarantined(
      'a multipart without a boundary',
      inOnePiece(lines(from, 'Content-Type: multipart/mixed', '', '--b', '', 'lost?', '--b--', '')),
    ),
    quarantined(
      'a boundary that is not there',
      inOnePiece(lines(from, 'Content-Type: multipart/mixed; boundary=a', '', '--b', '', 'lost?', '')),
    ),
    completed('no Message-ID and no Date', inOnePiece(lines(from, 'Subject: bare', '', 'x', ''))),
    completed('a Date that is none', inOnePiece(lines(from, 'Date: Mon, 99 Foo 99999 99:99:99 +9999', '', 'x', ''))),
    completed('two Froms and two Subjects', inOnePiece(lines(from, 'From: ceo@example.test', 'Subject: a', 'Subject: b', '', 'x', ''))),
    completed(
      'NUL and line ends in encoded-words',
      inOnePiece(lines('From: =?utf-8?Q?=00=0D=0ABcc:_x?= <m@x>', 'Subject: =?utf-8?B?AA0KAA==?=', '', 'x', '')),
    ),
    completed('no header at all', inOnePiece('just this\r\n')),
    completed(
      'cut off in the middle of an attachment',
      inOnePiece(multipart('mixed', [plain('see'), html('<p>'), file('a.pdf', Buffer.alloc(10_000))]).slice(0, -3_000)),
    ),
  ];
}
