import { describe, expect, test } from 'vitest';
import { router, type RouterConfig } from '../../shared/catalog/router.ts';
import { message, stepContext } from '../testing/factories.ts';
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
