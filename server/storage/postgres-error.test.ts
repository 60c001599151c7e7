import { DatabaseError } from 'pg';
import { expect, test } from 'vitest';
import { postgresCode, saysNotReady } from './postgres-error.ts';

function refusal(code: string): DatabaseError {
  const error = new DatabaseError('refused', 0, 'error');
  error.code = code;
  return error;
}

test.each(['57P03', '53300'])('a server that answers %s is worth another try', (code) => {
  expect(saysNotReady(refusal(code))).toBe(true);
});

test.each(['28P01', '3D000', '42501'])('a server that answers %s will go on doing so', (code) => {
  expect(saysNotReady(refusal(code))).toBe(false);
});

test('nobody at the port is worth another try, also when several addresses were tried', () => {
  const nobody = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  expect(saysNotReady(nobody)).toBe(true);
  expect(postgresCode(new AggregateError([nobody, nobody]))).toBe('ECONNREFUSED');
});

test('a connection that ended or timed out without a code is worth another try; other errors are not', () => {
  expect(saysNotReady(new Error('Connection terminated unexpectedly'))).toBe(true);
  expect(saysNotReady(new Error('timeout expired'))).toBe(true);
  expect(saysNotReady(new Error('no idea'))).toBe(false);
});
