import { expect, test } from 'vitest';
import { messageFilter } from '../../shared/api/message-filter.ts';
import { parseSearch, stringifySearch } from '../search-params.ts';
import { filtersOfQuery, hasFilters, messageQuery, readMessageFilters, statusesOf, type MessageFilters } from './message-filters.ts';

const flow = '11111111-2222-4333-8444-555555555555';
const other = '66666666-7777-4888-8999-aaaaaaaaaaaa';

test.each<[string, MessageFilters]>([
  ['one flow', { flow }],
  ['several flows', { flow: `${flow},${other}` }],
  ['one status', { status: 'FAILED' }],
  ['several statuses', { status: 'RETRY,FAILED' }],
  ['a version', { flow, version: 17 }],
  ['a sender', { sender: 'Jörg <joerg@example.com>' }],
  ['a subject', { subject: '100 % & more, at once?' }],
  ['a Message-ID', { mid: '<a+b=c@example.com>' }],
  ['a header', { header: 'Order-No=A=7 & ü' }],
  ['an error', { error: 'HTTP_ANSWER' }],
  ['words', { search: '2026 & more?' }],
  ['the last hour', { last: '1h' }],
  ['a span of time', { from: '2026-03-01T00:00:00.000Z', to: '2026-03-02T12:30:00.000Z' }],
  ['unread again', { unread: true }],
])('%s survives the way through the address, and is understood by the API', (_, filters) => {
  expect(readMessageFilters(parseSearch(stringifySearch({ ...filters })))).toEqual(filters);
  expect(messageFilter.safeParse(messageQuery(filters)).error).toBeUndefined();
  if (!filters.last) expect(filtersOfQuery(parseSearch(stringifySearch({ ...messageQuery(filters) })))).toEqual(filters);
  expect(Object.keys(messageQuery(filters))).toHaveLength(Object.keys(filters).length);
});

test('an address stays readable', () => {
  expect(stringifySearch({ status: 'RETRY,FAILED', search: '2026 & more?' })).toBe('?status=RETRY,FAILED&search=2026+%26+more%3F');
});

test('a search for a number stays text', () => {
  expect(readMessageFilters(parseSearch('?search=17'))).toEqual({ search: '17' });
});

test.each([
  '?status=BROKEN&flow=&search=',
  `?flow=c0ffee&version=0&error=no+code&last=soon&from=yesterday&unread=maybe&sender=++&header=Order-No`,
  '?version=1.5&mid=&subject=',
])('what is not understood is left out: %s', (address) => {
  const filters = readMessageFilters(parseSearch(address));
  expect(filters).toEqual({});
  expect(hasFilters(filters)).toBe(false);
});

test('known values of several are kept', () => {
  expect(readMessageFilters(parseSearch(`?status=FAILED,BROKEN,RETRY&flow=x,${flow}`))).toEqual({ status: 'RETRY,FAILED', flow });
  expect(statusesOf({ status: 'RETRY,FAILED' })).toEqual(['RETRY', 'FAILED']);
});

test('a time counted back from now goes before a span', () => {
  const now = new Date('2026-03-02T12:00:00.000Z');
  expect(messageQuery({ last: '1h', from: '2020-01-01T00:00:00.000Z', to: '2020-01-02T00:00:00.000Z' }, now)).toEqual({
    from: '2026-03-02T11:00:00.000Z',
  });
});
