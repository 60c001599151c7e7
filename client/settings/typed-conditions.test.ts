import { expect, test } from 'vitest';
import { typedRoutes } from './typed-conditions.ts';

const condition = { subject: 'body', operator: 'contains', value: 'x' };

test('a finished route is shown exactly as it is, groups in groups included', () => {
  const inner = { match: 'all', conditions: [condition, { match: 'any', conditions: [condition] }] };
  const route = { port: 'a', name: 'Orders', match: 'any', conditions: [condition, inner] };
  expect(typedRoutes.parse([route])).toEqual([route]);
});

test('what is unfinished or strange is shown as well as it can be', () => {
  const added = { subject: 'header.subject', operator: 'contains', value: '' };
  expect(typedRoutes.parse([{ port: 'a', conditions: [{ subject: 'body' }, 7, { conditions: 'x' }] }, { port: 'b' }])).toEqual([
    { port: 'a', name: '', match: 'all', conditions: [{ ...added, subject: 'body' }, added, { match: 'all', conditions: [] }] },
    { port: 'b', name: '', match: 'all', conditions: [] },
  ]);
  expect(typedRoutes.parse('nonsense')).toEqual([]);
});
