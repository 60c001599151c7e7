import { expect, test } from 'vitest';
import { FlowError } from '../../../shared/errors.ts';
import { mailError } from './mail-error.ts';

const facts = { address: { host: 'mail.example.com', port: 995 }, during: 'greeting', timeoutMs: 30_000 };
const withCode = (code: string) => Object.assign(new Error(`words of ${code}`), { code });

test.each([
  ['ENOTFOUND', 'MAIL_HOST_NOT_FOUND'],
  ['ECONNREFUSED', 'MAIL_CONNECTION_REFUSED'],
  ['EHOSTUNREACH', 'MAIL_HOST_UNREACHABLE'],
  ['ETIMEDOUT', 'MAIL_TIMEOUT'],
  ['GREETING_TIMEOUT', 'MAIL_TIMEOUT'],
  ['ECONNRESET', 'MAIL_CONNECTION_LOST'],
  ['NoConnection', 'MAIL_CONNECTION_LOST'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'MAIL_CLEAR_ON_TLS_PORT'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'MAIL_CERTIFICATE_UNKNOWN'],
  ['CERT_HAS_EXPIRED', 'MAIL_CERTIFICATE_EXPIRED'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'MAIL_CERTIFICATE_WRONG_HOST'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'MAIL_TLS_FAILED'],
  ['CERT_NOT_YET_VALID', 'MAIL_CERTIFICATE_NOT_YET_VALID'],
  ['SomethingElse', 'MAIL_PROTOCOL_ERROR'],
])('%s becomes %s and keeps its words and cause', (code, expected) => {
  const error = withCode(code);
  expect(mailError(error, facts)).toMatchObject({ code: expected, cause: error, details: `words of ${code}` });
});

test('a FlowError passes through unchanged', () => {
  const error = new FlowError('MAIL_STARTTLS_NOT_OFFERED', { address: 'mail.example.com:110' });
  expect(mailError(error, facts)).toBe(error);
});

test('a thrown value that is no error is a protocol error', () => {
  expect(mailError('odd', facts)).toMatchObject({ code: 'MAIL_PROTOCOL_ERROR', details: 'odd' });
});
