import { describe, expect, test } from 'vitest';
import { newRoute, type Route } from '../../shared/catalog/router.ts';
import { freeName, moved, typedRoutes } from './typed-routes.ts';

const condition = { subject: 'body', operator: 'contains', value: 'x' } as const;

describe('routes as typed', () => {
  test('finished ones stay exactly as they are, groups in groups included', () => {
    const route: Route = {
      port: 'a',
      name: 'Orders',
      when: { match: 'any', of: [condition, { match: 'all', of: [condition, { match: 'any', of: [condition] }] }] },
    };
    expect(typedRoutes([route])).toEqual([route]);
  });

  test('what is unfinished or strange is shown as well as it can be, and takes nothing else with it', () => {
    const routes = typedRoutes([{ port: 'a', when: { of: [{ subject: 'body' }, 7] } }, 'nonsense', { name: 'no port' }, { port: 'b' }]);
    expect(routes).toEqual([
      {
        port: 'a',
        name: '',
        when: {
          match: 'all',
          of: [
            { subject: 'body', operator: 'contains', value: '' },
            { subject: 'header.subject', operator: 'contains', value: '' },
          ],
        },
      },
      { port: 'b', name: '', when: { match: 'all', of: [] } },
    ]);
    expect(typedRoutes(undefined)).toEqual([]);
  });

  test('move, and get names that are free', () => {
    expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a']);
    expect(moved(['a', 'b', 'c'], 2, 1)).toEqual(['a', 'c', 'b']);
    expect(freeName([newRoute('Orders'), newRoute('Route 3')])).toBe('Route 4');
  });
});
