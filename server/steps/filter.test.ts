import { describe, expect, test } from 'vitest';
import type { Condition } from '../../shared/catalog/conditions.ts';
import { filter, type FilterConfig } from '../../shared/catalog/filter.ts';
import type { Message } from '../../shared/flow.ts';
import { attachment, message, stepContext } from '../testing/factories.ts';
import { stepContract } from '../testing/step-contract.ts';
import { filterStep } from './filter.ts';

const config = (conditions: Condition[], match: FilterConfig['match'] = 'all'): FilterConfig => ({ name: 'Filter', conditions, match });
const subject = (operator: Condition['operator'], value = ''): Condition => ({ subject: 'header.Subject', operator, value });
const decide = async (conditions: Condition[], options: { match?: FilterConfig['match']; message?: Message } = {}) =>
  (await filterStep.run(options.message ?? message(), config(conditions, options.match), stepContext())).to;

stepContract(filter, filterStep, [
  { name: 'a message that passes', config: config([subject('contains', 'order')]), message: message() },
  { name: 'a message that ends here', config: config([subject('contains', 'x'.repeat(1_000))]), message: message() },
]);

describe('filter', () => {
  test.each<[Condition, 'next' | 'stop']>([
    [subject('contains', 'ORDER'), 'next'],
    [subject('contains', 'invoice'), 'stop'],
    [subject('contains-not', 'invoice'), 'next'],
    [subject('contains-not', 'order'), 'stop'],
    [subject('equals', 'order 17'), 'next'],
    [subject('equals-not', 'order 17'), 'stop'],
    [subject('starts-with', 'ord'), 'next'],
    [subject('ends-with', '17'), 'next'],
    [subject('matches', 'o*1?'), 'next'],
    [subject('matches', 'o*1'), 'stop'],
    [subject('exists'), 'next'],
    [subject('exists-not'), 'stop'],
    [{ subject: 'body', operator: 'contains', value: 'pumps' }, 'next'],
    [{ subject: 'property.mail.uid', operator: 'equals', value: '17' }, 'next'],
    [{ subject: 'property.flow.name', operator: 'equals', value: 'orders' }, 'next'],
    [{ subject: 'attachments.count', operator: 'equals', value: '0' }, 'next'],
  ])('%j → %s', async (condition, expected) => {
    expect(await decide([condition])).toBe(expected);
  });

  test('what is not there satisfies only the "not" kinds', async () => {
    const missing = (operator: Condition['operator'], value = ''): Condition => ({ subject: 'header.constructor', operator, value });
    expect(await decide([missing('matches', '*')])).toBe('stop');
    expect(await decide([missing('equals')])).toBe('stop');
    expect(await decide([missing('equals-not', 'x')])).toBe('next');
    expect(await decide([missing('exists-not')])).toBe('next');
  });

  test('one attachment name is enough, and the "not" kinds look at all of them', async () => {
    const input = message({ attachments: [attachment({ name: 'a.PDF' }), attachment({ index: 1, name: 'b.csv' })] });
    const names = (operator: Condition['operator'], value: string): Condition => ({ subject: 'attachments.names', operator, value });
    expect(await decide([names('ends-with', '.pdf')], { message: input })).toBe('next');
    expect(await decide([names('contains-not', '.pdf')], { message: input })).toBe('stop');
  });

  test('any of them is enough when asked for, all of them otherwise', async () => {
    const conditions = [subject('contains', 'order'), subject('contains', 'invoice')];
    expect(await decide(conditions)).toBe('stop');
    expect(await decide(conditions, { match: 'any' })).toBe('next');
    expect(await decide(conditions.slice(1), { match: 'any' })).toBe('stop');
  });

  test('the log says which condition did not hold', async () => {
    const result = await filterStep.run(message(), config([subject('contains', 'invoice')]), stepContext());
    expect(result.summary).toBe("filtered out: not true that header.Subject contains 'invoice'");
  });

  test('an umlaut is the same in one character and in two', async () => {
    const input = message({ headers: { subject: 'Pru\u0308fung' } });
    expect(await decide([subject('contains', 'pr\u00fcf')], { message: input })).toBe('next');
  });
});
