import { describe, expect, it } from 'vitest';
import { FlowError } from '../../shared/errors.ts';
import { errorAnswer, recognise } from './errors.ts';

/** As drizzle throws it: the message repeats SQL and parameters. */
function databaseError(cause: Error): Error {
  return new Error('Failed query: insert into account … params: the-hash', { cause });
}

describe('recognise', () => {
  it('passes our own errors through', () => {
    const error = new FlowError('NOT_SIGNED_IN', {});
    expect(recognise(error)).toBe(error);
  });

  it('says that the database is away, however deep the reason lies', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(recognise(databaseError(refused)).code).toBe('DATABASE_UNAVAILABLE');
    expect(recognise(databaseError(Object.assign(new Error('shutting down'), { code: '57P01' }))).code).toBe('DATABASE_UNAVAILABLE');
  });

  it('makes a bad request of what the libraries blame on the caller', () => {
    expect(recognise(Object.assign(new Error('bad'), { type: 'entity.parse.failed', status: 400 })).code).toBe('BAD_REQUEST');
    expect(recognise(Object.assign(new Error('big'), { type: 'entity.too.large', status: 413 })).status).toBe(413);
    expect(recognise(Object.assign(new URIError('bad path'), { status: 400 })).status).toBe(400);
  });
});

describe('errorAnswer', () => {
  it('keeps the words of an unexpected error to itself', () => {
    const answer = errorAnswer(recognise(databaseError(new Error('duplicate key'))), 'r1');
    expect(answer.code).toBe('INTERNAL');
    expect(JSON.stringify(answer)).not.toMatch(/the-hash|duplicate/);
  });

  it('lists the problems of a bad request, whoever threw it', () => {
    const problems = [{ path: 'cursor', message: 'is not one this server gave out' }];
    expect(errorAnswer(new FlowError('BAD_REQUEST', { problems }), 'r1')).toMatchObject({ requestId: 'r1', problems });
  });
});
