import { describe, expect, test } from 'vitest';
import { authenticationProperties } from './authentication-results.ts';
import { parseHead } from './parse-head.ts';

const trusted = 'mx.example.com';
const verdicts = (headers: string[], authservId = trusted) =>
  authenticationProperties(parseHead(Buffer.from(`${headers.join('\r\n')}\r\n\r\n`)), authservId);
const one = (value: string) => verdicts([`Authentication-Results: ${value}`]);

test('the verdicts of the trusted server become properties', () => {
  const value =
    'mx.example.com;\r\n spf=pass smtp.mailfrom=example.net;\r\n\tdkim=fail (bad signature) header.d=example.net;\r\n dmarc=none header.from=example.net';
  expect(one(value)).toEqual({ 'mail.auth.spf': 'pass', 'mail.auth.dkim': 'fail', 'mail.auth.dmarc': 'none' });
});

describe('only the topmost header of the trusted server counts', () => {
  const forged = 'Authentication-Results: mx.example.com; spf=pass; dkim=pass; dmarc=pass';

  test('one below it, as a sender would write it, does not', () => {
    expect(verdicts(['Authentication-Results: mx.example.com; spf=fail', 'Received: x', forged])).toEqual({ 'mail.auth.spf': 'fail' });
  });

  test('one of another server above it does not', () => {
    const other = 'Authentication-Results: mx.example.com.evil.test; spf=pass; dmarc=pass';
    expect(verdicts([other, 'Authentication-Results: mx.example.com; spf=softfail'])).toEqual({ 'mail.auth.spf': 'softfail' });
    expect(verdicts([other])).toEqual({});
  });

  test('nothing counts while no server is trusted', () => {
    expect(verdicts([forged], '')).toEqual({});
  });

  test('the trusted name in a comment or behind other words is not the name', () => {
    expect(one('(mx.example.com) evil.test; spf=pass')).toEqual({});
    expect(one('evil.test mx.example.com; spf=pass')).toEqual({});
    expect(one('mx.example.com evil.test; spf=pass')).toEqual({});
    expect(one('"mx.example.com;" ; spf=pass')).toEqual({});
  });
});

test.each([
  ['MX.Example.COM; SPF=Pass', { 'mail.auth.spf': 'pass' }],
  ['mx.example.com 1; spf=pass', { 'mail.auth.spf': 'pass' }],
  ['mx.example.com 2; spf=pass', {}],
  ['"mx.example.com" (real) 1 ; spf = pass', { 'mail.auth.spf': 'pass' }],
  ['mx.example.com; spf/1=pass; dkim/2=pass', { 'mail.auth.spf': 'pass' }],
  ['mx.example.com; none', {}],
  // Comments can hold anything, and can stand in each other.
  ['mx.example.com (a; dmarc=pass (b; spf=pass) \\) still); spf=fail', { 'mail.auth.spf': 'fail' }],
  ['mx.example.com; spf(c)=(c)fail (dmarc=pass)', { 'mail.auth.spf': 'fail' }],
  ['mx.example.com; (never ended; spf=pass', {}],
  // Values between quotes are not results.
  ['mx.example.com; spf=fail reason="; dmarc=pass; \\"dkim=pass"', { 'mail.auth.spf': 'fail' }],
  // Several signatures: one good one is enough (RFC 6376, section 4.2).
  ['mx.example.com; dkim=fail header.d=a.test; dkim=pass header.d=b.test', { 'mail.auth.dkim': 'pass' }],
  ['mx.example.com; dkim=neutral; dkim=fail', { 'mail.auth.dkim': 'neutral' }],
  ['mx.example.com; x-spf=pass; auth=pass', {}],
  ['', {}],
])('%s', (value, expected) => {
  expect(one(value)).toEqual(expected);
});

test('a megabyte of brackets or quotes takes no time', () => {
  const started = performance.now();
  for (const piece of ['(', '"', '=', ';', 'a=', '\\']) one(`mx.example.com; ${piece.repeat(1_000_000 / piece.length)}`);
  expect(performance.now() - started).toBeLessThan(5_000);
});
