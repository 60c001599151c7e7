import { describe, expect, test } from 'vitest';
import { checkConfig } from '../../shared/catalog/define.ts';
import { router, type RouterConfig } from '../../shared/catalog/router.ts';
import { portsOf } from '../../shared/ports.ts';
import { message, stepContext } from '../testing/factories.ts';
import { node } from '../testing/flows.ts';
import { stepContract } from '../testing/step-contract.ts';
import { routerStep } from './router.ts';

const route = (port: string, value: string, more: Partial<RouterConfig['routes'][number]> = {}): RouterConfig['routes'][number] => ({
  port,
  name: port,
  match: 'all',
  conditions: [{ subject: 'header.subject', operator: 'contains', value }],
  ...more,
});
const config = (routes: RouterConfig['routes'], otherwise: RouterConfig['otherwise'] = 'route'): RouterConfig => ({
  name: 'Router',
  routes,
  otherwise,
});
const decide = async (given: RouterConfig) => {
  const { to, port, summary } = await routerStep.run(message(), given, stepContext());
  return { to, port, summary };
};

stepContract(router, routerStep, [
  { name: 'a message for which a route holds', config: config([route('orders', 'order')]), message: message() },
  { name: 'a message for which none holds', config: config([route('bills', 'bill')]), message: message() },
  { name: 'a message that ends here', config: config([route('bills', 'bill')], 'stop'), message: message() },
]);

describe('a router', () => {
  test('sends a message along the first route that holds', async () => {
    const routes = [route('bills', 'bill'), route('first', 'order'), route('second', 'order')];
    expect(await decide(config(routes))).toEqual({ to: 'next', port: 'first', summary: "takes the route 'first'" });
  });

  test('takes a route whose conditions all hold, or any of them, as it says', async () => {
    const both = [
      { subject: 'header.subject', operator: 'contains' as const, value: 'order' },
      { subject: 'header.subject', operator: 'contains' as const, value: 'bill' },
    ];
    expect(await decide(config([route('both', '', { conditions: both })]))).toMatchObject({ port: 'otherwise' });
    expect(await decide(config([route('any', '', { match: 'any', conditions: both })]))).toMatchObject({ port: 'any' });
  });

  test('sends what fits no route along Otherwise, ends it, or fails it', async () => {
    const routes = [route('bills', 'bill')];
    expect(await decide(config(routes))).toMatchObject({ to: 'next', port: 'otherwise' });
    expect(await decide(config(routes, 'stop'))).toMatchObject({ to: 'stop' });
    await expect(decide(config(routes, 'fail'))).rejects.toMatchObject({ code: 'NO_ROUTE', retryable: false });
  });
});

describe('the outputs of a router', () => {
  const outputs = (typed: Record<string, unknown>) => portsOf(node('r', 'router', typed)).outputs.map(({ port, label }) => [port, label]);

  test('are its routes, in their order, and Otherwise when that is one', () => {
    expect(outputs({ routes: [route('b', 'x'), route('a', 'y')] })).toEqual([
      ['b', 'b'],
      ['a', 'a'],
      ['otherwise', 'Otherwise'],
    ]);
    expect(outputs({ routes: [route('a', 'x')], otherwise: 'stop' })).toEqual([['a', 'a']]);
  });

  test('stay while a route is unfinished, so that no connection comes off meanwhile', () => {
    const unfinished = [route('a', 'x', { name: '' }), { port: 'b', name: 'B', conditions: [{ subject: '' }] }, 'nonsense', null];
    expect(outputs({ routes: unfinished, otherwise: 'fail' })).toEqual([
      ['a', 'Route 1'],
      ['b', 'B'],
    ]);
  });
});

describe('checking a router', () => {
  const problems = (routes: unknown[]) =>
    checkConfig(router, { routes }).problems.map(({ code, port }) => (port ? `${code} ${port}` : code));
  const inner = { match: 'any', conditions: [{ subject: 'body', operator: 'exists', value: '' }] };

  test.each<[string, unknown[], string[]]>([
    ['two routes', [route('a', 'x'), route('b', 'y')], []],
    ['a group in a route', [{ ...route('a', 'x'), conditions: [inner] }], []],
    ['no route', [], ['FIELD_REQUIRED']],
    ['a route without a name', [route('a', 'x', { name: ' ' })], ['FIELD_INVALID']],
    ['a route without a condition', [route('a', 'x', { conditions: [] })], ['FIELD_INVALID']],
    ['a group without a condition', [{ ...route('a', 'x'), conditions: [{ match: 'all', conditions: [] }] }], ['FIELD_INVALID']],
    ['two routes with one port', [route('a', 'x'), route('a', 'y', { name: 'b' })], ['ROUTES_SHARE_PORT']],
    ['the same conditions twice', [route('a', 'x'), route('b', 'y'), route('c', 'x')], ['ROUTE_NEVER_TAKEN c']],
    ['nothing to compare with', [route('a', 'x'), route('b', '')], ['VALUE_EMPTY b']],
    ['two routes of one name', [route('a', 'x'), route('b', 'y', { name: 'A' })], ['ROUTE_NAME_TWICE']],
  ])('%s', (_, routes, expected) => {
    expect(problems(routes)).toEqual(expected);
  });
});
