import { expect, test } from 'vitest';
import { kindProperties } from './mail-kind.ts';
import { readPart } from './parse-part.ts';

const kinds = (...lines: string[]) => {
  const properties = kindProperties(readPart(Buffer.from(`${lines.join('\r\n')}\r\n`), undefined));
  return Object.entries(properties).flatMap(([name, value]) => (value === true ? [name.slice('mail.'.length)] : []));
};

test.each([
  ['a mail from a person', ['From: ada@example.test', 'Auto-Submitted: no'], []],
  ['a delivery report', ['Content-Type: multipart/report; report-type="delivery-status"; boundary=b', 'Return-Path: <>'], ['isBounce']],
  ['a read receipt', ['Content-Type: multipart/report; report-type=disposition-notification; boundary=b', 'Return-Path: <>'], []],
  ['a bounce without a report', ['From: Mail Delivery System <MAILER-DAEMON@mx.example.test>'], ['isBounce']],
  ["Exim's bounce", ['From: root@mx.example.test', 'X-Failed-Recipients: bob@example.test'], ['isBounce']],
  ['an empty return path', ['Return-Path: <>'], ['isBounce']],
  ['an absence note', ['Return-Path: <>', 'Auto-Submitted: auto-replied (vacation)'], ['autoSubmitted']],
  ['a message of a program', ['Auto-Submitted: auto-generated'], ['autoSubmitted']],
  ["Exchange's absence note", ['X-Auto-Response-Suppress: All'], ['autoSubmitted']],
  ['what allows answers', ['X-Auto-Response-Suppress: None'], []],
  ['an old absence note', ['Precedence: auto_reply', 'X-Autoreply: yes'], ['autoSubmitted']],
  ['bulk mail', ['Precedence: bulk'], ['autoSubmitted']],
  ['a mailing list', ['List-Id: <dev.example.test>', 'Precedence: list'], ['isList']],
  ['a list without a name', ['Precedence: list'], ['isList']],
  ['a newsletter', ['List-Unsubscribe: <https://example.test/off>'], ['isList']],
  ['somebody whose name holds the word', ['From: "not mailer-daemon" <ada@example.test>'], []],
])('%s is recognised', (_, lines, expected) => {
  expect(kinds(...lines)).toEqual(expected);
});
