import { expect, test } from 'vitest';
import { readKnownHosts } from '../../../shared/known-hosts.ts';
import { judgeHostKey, knownTypes, typeOfKey } from './host-keys.ts';

const bytesOf = (letter: string) =>
  Buffer.concat([Buffer.from('0000000b', 'hex'), Buffer.from('ssh-ed25519'), Buffer.from('00000020', 'hex'), Buffer.alloc(32, letter)]);
const ours = bytesOf('a');
const line = (hosts: string, key = ours, marker = '') => `${marker}${hosts} ssh-ed25519 ${key.toString('base64')}`;
const judge = (lines: string[], host = 'sftp.example.com', port = 22, bytes = ours) =>
  judgeHostKey(readKnownHosts(lines.join('\n')).entries, host, port, { type: typeOfKey(bytes), bytes });

test.each([
  ['the name itself', 'sftp.example.com', 'known'],
  ['in capitals', 'SFTP.Example.com', 'known'],
  ['one of several', 'other,sftp.example.com', 'known'],
  ['a pattern', '*.example.com', 'known'],
  ['a letter left open', 'sft?.example.com', 'known'],
  ['a pattern with an exception', '*.example.com,!sftp.example.com', 'unknown'],
  ['an exception for another', '*.example.com,!old.example.com', 'known'],
  ['a point that is none', 'sftpXexample.com', 'unknown'],
  ['another host', 'example.com', 'unknown'],
  ['the usual port in brackets', '[sftp.example.com]:22', 'unknown'],
])('%s (%s) is %s', (_, hosts, verdict) => {
  expect(judge([line(hosts)])).toBe(verdict);
});

test('another port is part of the name', () => {
  expect(judge([line('[sftp.example.com]:2222')], 'sftp.example.com', 2222)).toBe('known');
  expect(judge([line('sftp.example.com')], 'sftp.example.com', 2222)).toBe('unknown');
});

test('another key under the name is a change, and one that is revoked is never believed', () => {
  expect(judge([line('sftp.example.com', bytesOf('b'))])).toBe('changed');
  expect(judge([line('sftp.example.com', bytesOf('b')), line('sftp.example.com')])).toBe('known');
  expect(judge([line('sftp.example.com'), line('*', ours, '@revoked ')])).toBe('revoked');
  // What is only known to be bad says nothing about the others.
  expect(judge([line('*', bytesOf('b'), '@revoked ')])).toBe('unknown');
});

test('a pattern of many stars takes no time', () => {
  const began = performance.now();
  expect(judge([line(`${'*a'.repeat(40)}*b`)], 'a'.repeat(250))).toBe('unknown');
  expect(performance.now() - began).toBeLessThan(1_000);
});

test('a key that is revoked for a host is revoked at every port of it', () => {
  expect(judge([line('[sftp.example.com]:2222'), line('sftp.example.com', ours, '@revoked ')], 'sftp.example.com', 2222)).toBe('revoked');
});

test('a server is asked for the types of key that are known of it', () => {
  const { entries } = readKnownHosts([line('sftp.example.com'), line('*', bytesOf('b'), '@revoked ')].join('\n'));
  expect(knownTypes(entries, 'sftp.example.com', 22)).toEqual(['ssh-ed25519']);
  expect(knownTypes(entries, 'other.example.com', 22)).toEqual([]);
});
