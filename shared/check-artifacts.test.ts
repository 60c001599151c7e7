import { describe, expect, test } from 'vitest';
import type { AnyDescription } from './catalog/define.ts';
import { mailSender } from './catalog/mail-sender.ts';
import { artifactFacts, checkArtifacts, type CheckFacts } from './check-artifacts.ts';

const description = mailSender as unknown as AnyDescription;
const now = new Date('2026-03-01T12:00:00Z');
const hosts = { allowedHosts: ['mail.example.com'] };
const facts = artifactFacts(
  {
    credentials: [{ name: 'plain', ...hosts }],
    oauth2Credentials: [
      { name: 'authorized', state: 'Deployed', ...hosts },
      { name: 'new', state: 'Unauthorized', ...hosts },
      { name: 'refused', state: 'Error', ...hosts },
    ],
    oauth2Clients: [{ name: 'client', state: 'Deployed', ...hosts }],
    secureParameters: [{ name: 'key', ...hosts }],
    knownHosts: [],
    keyPairs: [],
    certificates: [
      { name: 'ours', certificates: [{ validTo: '2027-01-01T00:00:00Z' }] },
      { name: 'old', certificates: [{ validTo: '2026-03-01T11:59:59Z' }] },
    ],
  },
  now,
);
const check = (typed: Record<string, unknown>, known: CheckFacts = facts) =>
  checkArtifacts(description, { address: 'mail.example.com', ...typed }, known).map(
    ({ level, code, field }) => `${level} ${code} ${field}`,
  );

describe('Credential Name', () => {
  const oauth2 = (credential: string, change = {}) => check({ authentication: 'oauth2', credential, ...change });

  test('takes an artifact of the kind that Authentication asks for', () => {
    expect(check({ credential: 'plain' })).toEqual([]);
    expect(oauth2('authorized')).toEqual([]);
    expect(oauth2('plain')).toEqual(['error CREDENTIAL_OF_OTHER_KIND credential']);
    expect(check({ credential: 'authorized' })).toEqual(['error CREDENTIAL_OF_OTHER_KIND credential']);
    expect(oauth2('client')).toEqual(['error CREDENTIAL_OF_OTHER_KIND credential']);
    expect(check({ credential: 'key' })).toEqual(['error CREDENTIAL_OF_OTHER_KIND credential']);
    expect(oauth2('none')).toEqual(['error CREDENTIAL_NOT_DEPLOYED credential']);
  });

  test('warns of an artifact that nobody has authorized, or that its provider refuses', () => {
    expect(oauth2('new')).toEqual(['warning CREDENTIAL_NOT_AUTHORIZED credential']);
    expect(oauth2('refused')).toEqual(['warning CREDENTIAL_IN_ERROR credential']);
    expect(oauth2('new', { address: 'evil.example.org' })).toEqual(['error CREDENTIAL_HOST_NOT_ALLOWED credential']);
  });
});

describe('Trusted Certificate', () => {
  const trusting = (trustedCertificate: string, change = {}) => check({ credential: 'plain', trustedCertificate, ...change });

  test('must be deployed, and is worth a warning once it has expired', () => {
    expect(trusting('ours')).toEqual([]);
    expect(trusting('old')).toEqual(['warning CERTIFICATE_EXPIRED trustedCertificate']);
    expect(trusting('none')).toEqual(['error CERTIFICATE_NOT_DEPLOYED trustedCertificate']);
  });

  test('counts only where the connection is protected', () => {
    expect(trusting('none', { protection: 'off' })).toEqual([]);
  });

  test('is not said to be missing where nobody has looked', () => {
    expect(check({ credential: 'plain', trustedCertificate: 'none' }, { credentials: facts.credentials })).toEqual([]);
  });
});
