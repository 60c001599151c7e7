import { expect, test } from 'vitest';
import { configView, fieldsOf } from './define.ts';
import { describeType } from './index.ts';
import { mailSender, type MailSenderConfig } from './mail-sender.ts';
import { secretNeedsProtection } from './mail-sender-rules.ts';

const problem = (config: Partial<MailSenderConfig>) => secretNeedsProtection(mailSender.config.parse(config))?.code;
const open = { protection: 'off', address: 'localhost' } as const;
const behind = { proxyType: 'socks5', proxyAddress: '127.0.0.1:1080' } as const;

test('a server on this machine is one only without a proxy, even if the proxy is here', () => {
  expect(problem(open)).toBe('PLAIN_ON_LOOPBACK');
  expect(problem({ ...open, ...behind })).toBe('PLAIN_NOT_PROTECTED');
  expect(problem({ ...open, ...behind, allowUnprotected: true })).toBe('UNPROTECTED_ALLOWED');
  expect(problem({ ...open, ...behind, authentication: 'encrypted' })).toBeUndefined();
  expect(problem({ ...open, ...behind, protection: 'starttls-mandatory' })).toBeUndefined();
});

test('the exception is offered where it is needed', () => {
  const isOffered = (config: Partial<MailSenderConfig>) => {
    const description = describeType('mail-sender');
    const field = description && fieldsOf(description).find(({ key }) => key === 'allowUnprotected');
    return description && field?.info.when?.(configView(description, config));
  };
  expect(isOffered(open)).toBe(false);
  expect(isOffered({ ...open, ...behind })).toBe(true);
  expect(isOffered({ ...open, address: 'mail.example.com' })).toBe(true);
  expect(isOffered({ ...open, address: 'mail.example.com', protection: 'tls' })).toBe(false);
});
