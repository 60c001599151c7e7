import { describe, expect, test } from 'vitest';
import { ApiError, apiPath, asApiError } from './api.ts';

describe('the address of a call', () => {
  test('fills in parameters and escapes them', () => {
    expect(apiPath('/credentials/:name', { name: 'a/b c' })).toBe('/api/v1/credentials/a%2Fb%20c');
    expect(apiPath('/messages/:id/attachments/:index', { id: 'm', index: 0 })).toBe('/api/v1/messages/m/attachments/0');
  });

  test('leaves out what is not asked for', () => {
    expect(apiPath('/messages', {}, { limit: 50, cursor: undefined, search: '', status: 'FAILED' })).toBe(
      '/api/v1/messages?limit=50&status=FAILED',
    );
  });
});

describe('an error of the API', () => {
  const error = new ApiError(
    { code: 'BAD_REQUEST', message: 'not valid', remedy: 'Correct it.', problems: [{ path: 'name', message: 'must not be empty' }] },
    400,
  );

  test('tells what is wrong with one field', () => {
    expect(error.problemOf('name')).toBe('must not be empty');
    expect(error.problemOf('user')).toBeUndefined();
  });

  test('stays as it is, and anything else thrown gets words and a remedy', () => {
    expect(asApiError(error)).toBe(error);
    expect(asApiError(new TypeError('x is undefined'))).toMatchObject({ code: 'INTERNAL', message: 'x is undefined', status: 0 });
  });
});
