import { describe, expect, test } from 'vitest';
import type { Condition, ConditionGroup } from '../../shared/catalog/conditions.ts';
import { checkConfig } from '../../shared/catalog/define.ts';
import { router, type Route, type RouterConfig } from '../../shared/catalog/router.ts';
import { portsOf } from '../../shared/ports.ts';
import { message, stepContext } from '../testing/factories.ts';
import { node } from '../testing/flows.ts';
import { stepContract } from '../testing/step-contract.ts';
import { routerStep } from './router.ts';

const has = (value: string): Condition => ({ subject: 'header.subject', operator: 'contains', value });
const route = (port: string, ...of: ConditionGroup['of']): Route => ({ port, name: port.toUpperCase(), when: { match: 'all', of } });
const config = (routes: Route[], otherwise: RouterConfig['otherwise'] = 'route'): RouterConfig => ({
  name: 'By subject',
  routes,
  otherwise,
  otherwiseName: 'Rest',
});
const run = async (settings: RouterConfig) => routerStep.run(message(), settings, stepContext());

stepContract(router, routerStep, [
  { name: 'a route that fits', config: config([route('a', has('order'))]), message: message() },
  {
    name: 'a route with a long condition',
    config: config([route('a', { ...has('x'.repeat(1_000)), operator: 'contains-not' })]),
    message: message(),
  },
  { name: 'none that fits', config: config([route('a', has('invoice'))]), message: message() },
  { name: 'none that fits, and an end here', config: config([route('a', has('invoice'))], 'stop'), message: message() },
]);

describe('a message', () => {
  test('takes the first route that fits, also when a later one fits as well', async () => {
    expect(await run(config([route('a', has('invoice')), route('b', has('order')), route('c', has('17'))]))).toMatchObject({
      to: 'next',
      port: 'b',
      summary: "took 'B': header.subject contains 'order'",
    });
  });

  test('that fits no route takes the one for all others, ends, or fails, as the Router says', async () => {
    const routes = [route('a', has('invoice'))];
    expect(await run(config(routes))).toMatchObject({ to: 'next', port: 'otherwise', summary: "no route fits: took 'Rest'" });
    expect(await run(config(routes, 'stop'))).toMatchObject({ to: 'stop' });
    await expect(run(config(routes, 'fail'))).rejects.toMatchObject({ code: 'NO_ROUTE', retryable: false });
  });
});

describe('the outputs of a Router', () => {
  const outputs = (typed: Record<string, unknown>) => portsOf(node('r', 'router', typed)).outputs.map(({ port, label }) => [port, label]);

  test('are its routes and the one for all others, if it has one', () => {
    expect(outputs({ routes: [route('a', has('x')), route('b', has('y'))] })).toEqual([
      ['a', 'A'],
      ['b', 'B'],
      ['otherwise', 'Otherwise'],
    ]);
    expect(outputs({ routes: [route('a', has('x'))], otherwise: 'stop' })).toEqual([['a', 'A']]);
  });

  test('stay while a route is not finished', () => {
    const unfinished = [{ port: 'a', name: '', when: { match: 'all', of: [{ subject: '' }] } }, { port: 'b', name: 'B' }, 'nonsense'];
    expect(outputs({ routes: unfinished, otherwise: 'fail' })).toEqual([
      ['a', 'Route 1'],
      ['b', 'B'],
    ]);
  });
});

describe('checking a Router', () => {
  const problems = (routes: unknown[]) =>
    checkConfig(router, { routes }).problems.map(({ code, port, level }) => ({ code, level, ...(port ? { port } : {}) }));

  test.each<[string, unknown[], object[]]>([
    ['two routes', [route('a', has('x')), route('b', has('y'))], []],
    ['no route', [], [{ code: 'FIELD_REQUIRED', level: 'error' }]],
    ['a route without a name', [{ ...route('a', has('x')), name: ' ' }], [{ code: 'FIELD_INVALID', level: 'error' }]],
    ['a route with the port of the last one', [route('otherwise', has('x'))], [{ code: 'FIELD_INVALID', level: 'error' }]],
    ['no condition', [route('a', has('x')), route('b')], [{ code: 'ROUTE_WITHOUT_CONDITION', level: 'error', port: 'b' }]],
    ['an empty group', [route('a', has('x'), { match: 'any', of: [] })], [{ code: 'ROUTE_WITHOUT_CONDITION', level: 'error', port: 'a' }]],
    [
      'a port that is there twice',
      [route('a', has('x')), { ...route('a', has('y')), name: 'B' }],
      [{ code: 'DUPLICATE_PORT', level: 'error', port: 'a' }],
    ],
    [
      'the same conditions again',
      [route('a', has('x')), route('b', has('x'))],
      [{ code: 'ROUTE_NEVER_TAKEN', level: 'warning', port: 'b' }],
    ],
    ['nothing to compare with', [route('a', has(''))], [{ code: 'VALUE_EMPTY', level: 'warning', port: 'a' }]],
    [
      'a name that is there twice',
      [route('a', has('x')), { ...route('b', has('y')), name: 'a' }],
      [{ code: 'ROUTE_NAME_TWICE', level: 'warning', port: 'b' }],
    ],
  ])('%s', (_, routes, expected) => {
    expect(problems(routes)).toEqual(expected);
  });
});
