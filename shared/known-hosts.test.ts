import { expect, test } from 'vitest';
import { readKnownHosts, takenOver } from './known-hosts.ts';

const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIKq7c8y7zT1zqk2nM3o9W2WQh1b6m0XlFq7v0g3o0m1B';

test('entries are read with their markers and comments; empty lines and remarks are left out', () => {
  const text = `# of the office\r\n\nsftp.example.com,10.0.0.7 ssh-ed25519 ${key} by Ada on Monday\n@revoked * ssh-ed25519 ${key}\n`;
  expect(readKnownHosts(text)).toEqual({
    entries: [
      { line: 3, isRevoked: false, hosts: 'sftp.example.com,10.0.0.7', type: 'ssh-ed25519', key, comment: 'by Ada on Monday' },
      { line: 4, isRevoked: true, hosts: '*', type: 'ssh-ed25519', key, comment: '' },
    ],
    problems: [],
  });
});

test.each([
  ['', 1, 'it has no entry'],
  ['# only a remark', 1, 'it has no entry'],
  ['\nsftp.example.com ssh-ed25519', 2, 'it is not "hosts, key type, key"'],
  [`sftp.example.com ssh-dss ${key}`, 1, "keys of type 'ssh-dss' are not supported"],
  [`sftp.example.com ssh-rsa ${key}`, 1, "the key is not a whole one of type 'ssh-rsa'"],
  ['sftp.example.com ssh-ed25519 not*base64', 1, "the key is not a whole one of type 'ssh-ed25519'"],
  [`sftp.example.com ssh-ed25519 ${key.slice(0, -8)}`, 1, "the key is not a whole one of type 'ssh-ed25519'"],
  [`@cert-authority * ssh-ed25519 ${key}`, 1, 'certificate authorities of SSH are not supported; enter the keys of the hosts'],
  [`@other * ssh-ed25519 ${key}`, 1, "'@other' is not a marker"],
  [`-----BEGIN OPENSSH PRIVATE KEY-----`, 1, "keys of type 'OPENSSH' are not supported"],
  [`h ssh-ed25519 ${key}\n`.repeat(1_001), 1_001, 'it has more than 1000 entries'],
])('%j is refused with its line', (text, line, reason) => {
  expect(readKnownHosts(text).problems).toEqual([{ line, reason }]);
});

test('keys that a server shows take the place of others it is said to have, and of nothing else', () => {
  const [ours, other] = [key, `${key.slice(0, -2)}xx`];
  const line = `sftp.example.com ssh-ed25519 ${ours}`;
  expect(takenOver('', [line])).toEqual({ text: `${line}\n`, added: 1, replaced: 0 });
  expect(takenOver(`${line}\n`, [line])).toEqual({ text: `${line}\n`, added: 0, replaced: 0 });
  // Neither a longer name, nor a remark, nor a revocation is that line.
  const beside = [
    `my.sftp.example.com ssh-ed25519 ${ours}`,
    `# sftp.example.com ssh-ed25519 ${ours}`,
    `@revoked sftp.example.com ssh-ed25519 ${other}`,
  ];
  expect(takenOver(beside.join('\n'), [line])).toEqual({ text: `${[...beside, line].join('\n')}\n`, added: 1, replaced: 0 });
  const before = ['# partners', `sftp.example.com ssh-ed25519 ${other}`, `sftp.example.com ssh-rsa ${other}`, ''];
  expect(takenOver(before.join('\n'), [line])).toEqual({
    text: `# partners\nsftp.example.com ssh-rsa ${other}\n${line}\n`,
    added: 1,
    replaced: 1,
  });
});
