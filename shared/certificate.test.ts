import { expect, test } from 'vitest';
import { chainEnd, daysUntil, type CertificateFacts } from './certificate.ts';

const until = (validTo: string, isSelfSigned = false): CertificateFacts => ({
  subject: 'CN=a',
  issuer: 'CN=b',
  names: [],
  validFrom: '2026-01-01T00:00:00.000Z',
  validTo,
  fingerprint256: '',
  pem: '',
  isSelfSigned,
});

test('a chain ends with the first certificate that must be renewed', () => {
  expect(chainEnd([])).toBeUndefined();
  const [soon, late] = ['2026-03-01T00:00:00.000Z', '2027-03-01T00:00:00.000Z'];
  expect(chainEnd([until(soon), until(late)])).toEqual(new Date(soon));
  expect(chainEnd([until(late), until(soon)])).toEqual(new Date(soon));
  expect(chainEnd([until(late), until(soon, true)])).toEqual(new Date(late));
  expect(chainEnd([until(soon, true)])).toEqual(new Date(soon));
});

test('days are counted whole', () => {
  const now = new Date('2026-03-01T12:00:00Z');
  expect(daysUntil(new Date('2026-03-02T12:00:00Z'), now)).toBe(1);
  expect(daysUntil(new Date('2026-03-02T11:59:59Z'), now)).toBe(0);
  expect(daysUntil(new Date('2026-03-01T11:00:00Z'), now)).toBe(-1);
});
