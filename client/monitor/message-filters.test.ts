import { expect, test } from 'vitest';
import { parseSearch, stringifySearch } from '../search-params.ts';
import { hasFilters, messageQuery, readMessageFilters } from './message-filters.ts';

test('filters survive the way through the address', () => {
  const filters = { flow: 'c0ffee', status: 'FAILED' as const, search: '2026 & more?' };
  const address = stringifySearch({ ...filters });
  expect(address).toBe('?flow=c0ffee&status=FAILED&search=2026+%26+more%3F');
  expect(readMessageFilters(parseSearch(address))).toEqual(filters);
});

test('a search for a number stays text', () => {
  expect(readMessageFilters(parseSearch('?search=17'))).toEqual({ search: '17' });
});

test('an unknown status and empty values are left out', () => {
  const filters = readMessageFilters(parseSearch('?status=BROKEN&flow=&search='));
  expect(filters).toEqual({});
  expect(hasFilters(filters)).toBe(false);
  expect(stringifySearch({ flow: undefined, search: '' })).toBe('');
});

test('the flow of the address is the flowId of the API', () => {
  expect(messageQuery({ flow: 'c0ffee', status: 'RETRY' })).toEqual({ flowId: 'c0ffee', status: 'RETRY' });
});
