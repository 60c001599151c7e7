import { expect, test } from 'vitest';
import { hostsOf } from './hosts.ts';

test('hosts may be typed on lines or with commas, and count once whatever their case', () => {
  expect(hostsOf(' Mail.example.com\n\nimap.example.com, mail.example.com ')).toEqual(['mail.example.com', 'imap.example.com']);
  expect(hostsOf('')).toEqual([]);
});
