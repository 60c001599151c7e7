import { expect, test } from 'vitest';
import { readMessageFilters } from './message-filters.ts';
import { messagesSearch, openStatuses } from './message-links.ts';

test('the list understands every part of the address', () => {
  const meant = {
    flowId: '7d5c0a52-52d2-4a6b-9d1e-3f1b1c6f3b10',
    statuses: openStatuses,
    error: 'HTTP_REFUSED',
    from: '2026-11-25T10:00:00.000Z',
    to: '2026-11-26T10:00:00.000Z',
  };
  const search = messagesSearch(meant);
  expect(readMessageFilters({ ...search })).toEqual(search);
  expect(search).toEqual({ flow: meant.flowId, status: 'PROCESSING,RETRY', error: 'HTTP_REFUSED', from: meant.from, to: meant.to });
});
