import { expect, test } from 'vitest';
import { cells, expected, type Cell, type ServerFacts } from './sign-in-rules.ts';

const everything: ServerFacts = {
  name: 'everything',
  mechanisms: ['CRAM-MD5', 'SCRAM-SHA-1', 'SCRAM-SHA-256', 'DIGEST-MD5', 'LOGIN', 'PLAIN'],
  hasApop: true,
  hasUserCommand: () => true,
  hasTls: true,
};

function outcome(overrides: Partial<Cell>, server: Partial<ServerFacts> = {}): string {
  const cell: Cell = {
    server: { ...everything, ...server },
    protocol: 'imap4',
    protection: 'tls',
    authentication: 'plain',
    situation: 'right',
    ...overrides,
  };
  const wanted = expected(cell);
  return 'mechanism' in wanted ? `${wanted.outcome} ${wanted.mechanism} ${wanted.isEncrypted ? 'over TLS' : 'in clear'}` : wanted.outcome;
}

test('the strongest mechanism of the kind is wanted', () => {
  expect(outcome({ authentication: 'encrypted' })).toBe('signed-in SCRAM-SHA-256 over TLS');
  expect(outcome({ authentication: 'plain', protection: 'off' })).toBe('signed-in PLAIN in clear');
  expect(outcome({ authentication: 'encrypted', situation: 'wrongSecret' }, { mechanisms: ['CRAM-MD5'] })).toBe(
    'MAIL_SIGN_IN_REFUSED CRAM-MD5 over TLS',
  );
});

test('OAuth2 takes a token or nothing', () => {
  expect(outcome({ authentication: 'oauth2' }, { mechanisms: ['XOAUTH2', 'OAUTHBEARER'] })).toBe('signed-in OAUTHBEARER over TLS');
  expect(outcome({ authentication: 'oauth2', situation: 'wrongSecret' }, { mechanisms: ['XOAUTH2'] })).toBe(
    'OAUTH2_TOKEN_REFUSED XOAUTH2 over TLS',
  );
  expect(outcome({ authentication: 'oauth2', protocol: 'pop3' })).toBe('MAIL_MECHANISM_NOT_OFFERED');
  expect(outcome({ authentication: 'oauth2', protection: 'off', situation: 'elsewhere' })).toBe('MAIL_PLAIN_NOT_PROTECTED');
});

test('APOP and USER belong to POP3', () => {
  const bare = { mechanisms: [] };
  expect(outcome({ authentication: 'encrypted', protocol: 'pop3' }, bare)).toBe('signed-in APOP over TLS');
  expect(outcome({ authentication: 'encrypted' }, bare)).toBe('MAIL_MECHANISM_NOT_OFFERED');
  expect(outcome({ protocol: 'pop3' }, bare)).toBe('signed-in USER/PASS over TLS');
  expect(outcome({ protocol: 'pop3' }, { ...bare, hasUserCommand: () => false })).toBe('MAIL_MECHANISM_NOT_OFFERED');
});

test('a plain password stays at home where the connection is open and the host is elsewhere', () => {
  expect(outcome({ protection: 'off', situation: 'elsewhere' })).toBe('MAIL_PLAIN_NOT_PROTECTED');
  expect(outcome({ protection: 'starttls-optional', situation: 'elsewhere' }, { hasTls: false })).toBe('MAIL_PLAIN_NOT_PROTECTED');
  expect(outcome({ protection: 'off', situation: 'elsewhereAllowed' })).toBe('signed-in PLAIN in clear');
  expect(outcome({ protection: 'off', situation: 'elsewhere', authentication: 'encrypted' })).toBe('signed-in SCRAM-SHA-256 in clear');
});

test('a server without TLS is refused where TLS is a must', () => {
  expect(outcome({ protection: 'tls' }, { hasTls: false })).toBe('MAIL_CLEAR_ON_TLS_PORT');
  expect(outcome({ protection: 'starttls-mandatory' }, { hasTls: false })).toBe('MAIL_STARTTLS_NOT_OFFERED');
  expect(outcome({ protection: 'starttls-optional' }, { hasTls: false })).toBe('signed-in PLAIN in clear');
});

test('an unknown certificate is refused before anything else, unless the channel trusts it', () => {
  expect(outcome({ situation: 'unknownCertificate' }, { mechanisms: [] })).toBe('MAIL_CERTIFICATE_UNKNOWN');
  expect(outcome({ situation: 'otherCertificate' })).toBe('MAIL_CERTIFICATE_UNKNOWN');
  expect(outcome({ situation: 'trustedCertificate' })).toBe('signed-in PLAIN over TLS');
});

test('every combination is either tried or left out for a reason', () => {
  const { cells: kept, leftOut } = cells([everything, { ...everything, hasTls: false }]);
  const combinations = 2 * 2 * 4 * 3 * 7;
  expect(kept.length + [...leftOut.values()].reduce((sum, count) => sum + count, 0)).toBe(combinations);
  expect(kept.filter(({ situation }) => situation === 'right')).toHaveLength(combinations / 7);
});
