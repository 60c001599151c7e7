import { expect, it } from 'vitest';
import { isSecretName } from './secret-names.ts';

it.each([
  'authorization',
  'Proxy-Authorization',
  'cookie',
  'Set-Cookie',
  'x-api-key',
  'apikey',
  'x-auth-token',
  'http.password',
  'client_secret',
  'db-passwd',
  'aws.accessKey',
  'privateKey',
])('takes %s for a secret', (name) => {
  expect(isSecretName(name)).toBe(true);
});

it.each(['subject', 'from', 'authentication-results', 'x-priority', 'mail.messageId', 'content-type', 'author', 'keywords', 'list-id'])(
  'takes %s for none',
  (name) => {
    expect(isSecretName(name)).toBe(false);
  },
);
