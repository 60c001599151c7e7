import { expect, test } from 'vitest';
import { decodeText } from './charset.ts';
import { decodeWords } from './encoded-words.ts';
import { transferDecoder } from './transfer-decoding.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

test.each([
  ['utf-8', 'c3bc', 'ü'],
  ['UTF8', 'c3bc', 'ü'],
  ['iso-8859-1', 'fc', 'ü'],
  ['ISO_8859-15', 'a4', '€'],
  ['windows-1251', 'cff0e8e2e5f2', 'Привет'],
  ['cp1251', 'cff0e8e2e5f2', 'Привет'],
  ['koi8-r', 'f0d2c9d7c5d4', 'Привет'],
  ['gbk', 'c4e3bac3', '你好'],
  ['gb2312', 'c4e3bac3', '你好'],
  ['gb18030', 'c4e3bac3 8130 8130', '你好\u0080'],
  ['big5', 'a741a66e', '你好'],
  ['iso-2022-jp', '1b2442 467c 4b5c 1b2842', '日本'],
  ['ISO-2022-JP-MS', '1b2442 467c 4b5c 1b2842', '日本'],
  ['shift_jis', '93fa967b', '日本'],
  ['cp932', '93fa967b', '日本'],
  ['euc-kr', 'c7d1b1b9', '한국'],
  ['ks_c_5601-1987', 'c7d1b1b9', '한국'],
  ['utf-7', Buffer.from('+AOQ-x').toString('hex'), 'äx'],
  ['cp850', '81', 'ü'],
  ['utf-16le', '4100fc00', 'Aü'],
])('%s is decoded', (charset, bytes, text) => {
  expect(decodeText(hex(bytes), charset)).toBe(text);
});

test.each([
  ['UTF-8 that says it is US-ASCII', 'us-ascii', Buffer.from('Grüße'), 'Grüße'],
  ['UTF-8 that says it is ISO-8859-1', 'iso-8859-1', Buffer.from('Grüße'), 'Grüße'],
  ['windows-1252 that says it is UTF-8', 'utf-8', Buffer.from('Gr\xfc\xdfe \x80', 'latin1'), 'Grüße €'],
  ['a charset nobody knows', 'x-martian', Buffer.from('Grüße'), 'Grüße'],
  ['no charset', '', Buffer.from('Gr\xfc\xdfe', 'latin1'), 'Grüße'],
  [
    'UTF-8 that is cut off in a character',
    'utf-8',
    Buffer.from('Grüße, schöne Wörter für Ärzte €').subarray(0, -1),
    'Grüße, schöne Wörter für Ärzte \uFFFD',
  ],
])('%s can be read', (_, charset, bytes, text) => {
  expect(decodeText(bytes, charset)).toBe(text);
});

test.each([
  ['=?utf-8?Q?J=C3=B6rg?= =?utf-8?Q?_Stra=C3=9Fe?=', 'Jörg Straße'],
  ['=?utf-8?B?w7w=?= and =?iso-8859-1?Q?=FC?= end', 'ü and ü end'],
  // One character in two words, and two encodings in one character.
  ['=?utf-8?Q?J=C3?= =?utf-8?Q?=B6rg?=', 'Jörg'],
  ['=?UTF-8?Q?J=C3?= =?utf-8?B?tnJn?=', 'Jörg'],
  ['=?utf-8?B?SsO?= =?utf-8?B?2cmc=?=', 'Jörg'],
  ['=?iso-2022-jp?B?GyRCRnxLXBsoQg==?= =?iso-2022-jp?B?GyRCOGwbKEI=?=', '日本語'],
  ['=?gb2312?B?xOO6ww==?=', '你好'],
  ['=?utf-8*de?Q?f=C3=BCr?=', 'für'],
  ['=?utf-8?Q?a b?=', 'a b'],
  ['=?utf-8?X?abc?= =?utf-8?Q?abc', '=?utf-8?X?abc?= =?utf-8?Q?abc'],
  ['=?utf-8?Q?one=0D=0ABcc:_two?=', 'one Bcc: two'],
])('the encoded-words %s are read', (text, decoded) => {
  expect(decodeWords(text)).toBe(decoded);
});

test.each(['base64', 'quoted-printable'] as const)('%s is decoded wherever its pieces end', (encoding) => {
  const text = 'Grüße = 17 €,\r\nnext line';
  const encoded =
    encoding === 'base64'
      ? 'R3LDvMOfZSA9IDE3IOKCrC\r\nwNCm5leHQgbGluZQ=='
      : 'Gr=C3=BC=c3=9Fe =3D 17 =  \r\n=E2=82=AC,  \t\r\nnext =\r\nline';
  for (let pieceBytes = 1; pieceBytes <= encoded.length; pieceBytes += 1) {
    const decoder = transferDecoder(encoding);
    const pieces: Buffer[] = [];
    for (let at = 0; at < encoded.length; at += pieceBytes) pieces.push(decoder.write(Buffer.from(encoded.slice(at, at + pieceBytes))));
    pieces.push(decoder.end());
    expect(Buffer.concat(pieces).toString()).toBe(text);
  }
});

test('broken encodings give what can be read of them', () => {
  const decode = (encoding: string, text: string) => {
    const decoder = transferDecoder(encoding);
    return Buffer.concat([decoder.write(Buffer.from(text)), decoder.end()]).toString();
  };
  expect(decode('quoted-printable', 'a=ZZ b=4')).toBe('a=ZZ b=4');
  expect(decode('quoted-printable', 'a=')).toBe('a');
  expect(decode('base64', 'aGVsbG8=aGVsbG8=')).toBe('hellohello');
  expect(decode('base64', 'a*G!V-s\r\nbG8')).toBe('hello');
  expect(decode('x-unknown', 'as it is')).toBe('as it is');
});
