import { expect, test } from 'vitest';
import { endpointsOf, requestedScope, requestParameters, whyNotEndpoint } from './oauth2.ts';

const typed = { authorizationUrl: 'https://typed.example.com/auth', tokenUrl: 'https://typed.example.com/token' };

test('a preset has its own addresses, with the tenant in them', () => {
  expect(endpointsOf({ provider: 'microsoft', tenant: 'contoso.com', ...typed })).toEqual({
    authorizationUrl: 'https://login.microsoftonline.com/contoso.com/oauth2/v2.0/authorize',
    tokenUrl: 'https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token',
  });
  expect(endpointsOf({ provider: 'google', tenant: '', ...typed }).tokenUrl).toBe('https://oauth2.googleapis.com/token');
  expect(endpointsOf({ provider: 'generic', tenant: '', ...typed })).toEqual(typed);
});

test('a tenant can not lead to another host', () => {
  const { tokenUrl } = endpointsOf({ provider: 'microsoft', tenant: '@evil.example.org/..', ...typed });
  expect(new URL(tokenUrl).host).toBe('login.microsoftonline.com');
});

test('what the provider needs for a refresh token is asked for, once', () => {
  expect(requestedScope('microsoft', ' a  b ')).toBe('a b offline_access');
  expect(requestedScope('microsoft', 'offline_access a')).toBe('offline_access a');
  expect(requestedScope('generic', 'mail')).toBe('mail');
  expect(requestParameters('google', '')).toEqual({ access_type: 'offline', prompt: 'consent' });
  expect(requestParameters('generic', 'mail offline_access')).toEqual({ prompt: 'consent' });
  expect(requestParameters('generic', 'mail')).toEqual({});
});

test.each([
  ['https://login.example.com/token', true],
  ['http://localhost:9000/token', true],
  ['http://127.0.0.1/token', true],
  ['http://[::1]:9000/token', true],
  ['http://login.example.com/token', false],
  ['http://localhost.example.com/token', false],
  ['https://user:password@login.example.com/', false],
  ['https://login.example.com/#token', false],
  ['ftp://localhost/', false],
  ['login.example.com/token', false],
  ['', false],
])('%s may take secrets: %s', (address, isAllowed) => {
  expect(whyNotEndpoint(address) === undefined).toBe(isAllowed);
});
