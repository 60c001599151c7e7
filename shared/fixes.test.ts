import { describe, expect, test } from 'vitest';
import { configView, type AnyDescription } from './catalog/define.ts';
import { mailSender } from './catalog/mail-sender.ts';
import type { CertificateFacts } from './certificate.ts';
import { fixesOf } from './fixes.ts';
import type { ProbeFacts } from './probe.ts';

const view = (typed: Record<string, unknown> = {}) =>
  configView(mailSender as unknown as AnyDescription, { address: 'mail.example.com', credential: 'orders', ...typed });
const fixes = (code: string, facts: ProbeFacts, typed: Record<string, unknown> = {}) =>
  fixesOf(
    { stage: 'connect', state: 'failed', sentence: '', error: { code, message: '', remedy: '', retryable: false }, facts },
    view(typed),
  );
const values = (...args: Parameters<typeof fixes>) => fixes(...args).map((fix) => (fix.kind === 'set' ? { [fix.label]: fix.values } : fix));

describe('another way to the same host', () => {
  test('at the same port only Protection changes, and the port stays what it was', () => {
    const otherWays = [{ protocol: 'imap4', port: 143, protection: 'starttls-mandatory' } as const];
    expect(values('MAIL_CLEAR_ON_TLS_PORT', { otherWays }, { address: 'mail.example.com:143' })).toEqual([
      { 'Set STARTTLS Mandatory': { protocol: 'imap4', protection: 'starttls-mandatory', address: 'mail.example.com' } },
    ]);
    const implied = [{ protocol: 'imap4', port: 143, protection: 'tls' } as const];
    expect(values('MAIL_TLS_ON_CLEAR_PORT', { otherWays: implied }, { protection: 'off' })).toEqual([
      { 'Set Protection to IMAPS': { protocol: 'imap4', protection: 'tls', address: 'mail.example.com:143' } },
    ]);
  });

  test('a usual port is named', () => {
    const otherWays = [{ protocol: 'imap4', port: 993, protection: 'tls' } as const];
    expect(values('MAIL_CONNECTION_REFUSED', { otherWays }, { address: '[2001:db8::1]:1993' })).toEqual([
      { 'Use IMAPS on port 993': { protocol: 'imap4', protection: 'tls', address: '[2001:db8::1]' } },
    ]);
  });

  test('the other protocol is named with its protection', () => {
    const otherWays = [{ protocol: 'pop3', port: 1995, protection: 'tls' } as const];
    expect(values('MAIL_PROTOCOL_ERROR', { otherWays }, { address: 'mail.example.com:1995' })).toEqual([
      { 'Set Transport Protocol to POP3, POP3S': { protocol: 'pop3', protection: 'tls', address: 'mail.example.com:1995' } },
    ]);
  });
});

describe('another Authentication', () => {
  const encrypted = { authentication: 'encrypted' };

  test('Plain is offered where the connection is protected', () => {
    expect(values('MAIL_MECHANISM_NOT_OFFERED', { mechanisms: ['PLAIN', 'LOGIN'] }, encrypted)).toEqual([
      { 'Use Plain User/Password': { authentication: 'plain' } },
    ]);
  });

  test('Plain is never offered where the password could be read on the way', () => {
    for (const protection of ['off', 'starttls-optional']) {
      expect(values('MAIL_MECHANISM_NOT_OFFERED', { mechanisms: ['PLAIN'] }, { ...encrypted, protection })).toEqual([]);
    }
  });

  test('the ways that the server offers are offered, without the one that failed', () => {
    expect(values('MAIL_MECHANISM_NOT_OFFERED', { mechanisms: ['SCRAM-SHA-256', 'XOAUTH2'] })).toEqual([
      { 'Use Encrypted User/Password': { authentication: 'encrypted' } },
      { 'Use OAuth2 Authorization Code': { authentication: 'oauth2' } },
    ]);
  });
});

test('what only a person can grant leads to the provider', () => {
  const authorize = [{ kind: 'authorize', label: 'Authorize…', name: 'orders' }];
  expect(fixes('OAUTH2_NOT_AUTHORIZED', {})).toEqual(authorize);
  expect(fixes('OAUTH2_TOKEN_REFUSED', {})).toEqual(authorize);
});

describe('certificates', () => {
  const certificate = (subject: string, more: Partial<CertificateFacts> = {}): CertificateFacts => ({
    subject,
    issuer: 'CN=Our CA',
    names: [],
    validFrom: '2026-01-01T00:00:00.000Z',
    validTo: '2027-01-01T00:00:00.000Z',
    fingerprint256: 'AB:CD',
    pem: '',
    isSelfSigned: false,
    ...more,
  });

  test('an unknown one can be trusted, and so can its authority where the server shows it', () => {
    const leaf = certificate('CN=mail.example.com');
    const root = certificate('CN=Our CA', { isSelfSigned: true });
    expect(fixes('MAIL_CERTIFICATE_UNKNOWN', { certificates: [leaf, root] })).toEqual([
      { kind: 'trust-certificate', label: 'Trust this certificate', field: 'trustedCertificate', certificate: leaf },
      { kind: 'trust-certificate', label: 'Trust its authority', field: 'trustedCertificate', certificate: root },
    ]);
  });

  test('one for another name offers its names, with the port that was typed, and no wildcards', () => {
    const leaf = certificate('CN=x', { names: ['*.example.net', 'imap.example.net'] });
    expect(values('MAIL_CERTIFICATE_WRONG_HOST', { certificates: [leaf] }, { address: 'mail.example.com:1993' })).toEqual([
      { 'Use imap.example.net': { address: 'imap.example.net:1993' } },
    ]);
  });
});

describe('a missing folder', () => {
  test('is not created where it is polled: only names that look like it are offered', () => {
    const missing = { field: 'folder', folder: 'Invoice', nearest: ['Invoices'] };
    expect(values('MAIL_FOLDER_MISSING', { missing })).toEqual([{ "Use 'Invoices'": { folder: 'Invoices' } }]);
  });

  test('is offered to be created where mails are moved to', () => {
    const missing = { field: 'archiveFolder', folder: 'Done', nearest: ['Dome'] };
    expect(fixes('MAIL_ARCHIVE_FOLDER_MISSING', { missing })).toEqual([
      { kind: 'create-folder', label: "Create folder 'Done'", field: 'archiveFolder', folder: 'Done' },
      { kind: 'set', label: "Use 'Dome'", values: { archiveFolder: 'Dome' } },
    ]);
  });
});
