import { expect, test } from 'vitest';
import { maxGroupDepth, partsSchema, type Condition, type ConditionGroup } from '../../shared/catalog/conditions.ts';
import { attachment, message, stepContext } from '../testing/factories.ts';
import { holds } from './conditions.ts';

const yes: Condition = { subject: 'header.subject', operator: 'contains', value: 'order' };
const no: Condition = { subject: 'header.subject', operator: 'contains', value: 'invoice' };
const all = (...conditions: ConditionGroup['conditions']): ConditionGroup => ({ match: 'all', conditions });
const any = (...conditions: ConditionGroup['conditions']): ConditionGroup => ({ match: 'any', conditions });

test.each<[string, ConditionGroup, boolean]>([
  ['all, of which one does not hold', all(yes, no), false],
  ['any, of which one holds', any(no, yes), true],
  ['any within all', all(yes, any(no, yes)), true],
  ['all within any', any(no, all(yes, no)), false],
  ['three deep', all(any(no, all(yes, yes))), true],
])('%s', (_, group, expected) => {
  expect(holds(group, message(), stepContext())).toBe(expected);
});

test.each<[string, Condition['operator'], string, boolean]>([
  ['10', 'greater', '9', true],
  ['-2', 'less', '1.5', true],
  ['7', 'greater', '7', false],
  ['7', 'less', '7', false],
  ['1e3', 'greater', '999', true],
  ['b', 'greater', 'a', true],
  ['2026-03-01T08:30:00Z', 'less', '2026-11-01', true],
  ['10 kg', 'less', '9', true],
])('%s %s %s: %s', (value, operator, wanted, expected) => {
  const input = message({ properties: { value } });
  expect(holds(all({ subject: 'property.value', operator, value: wanted }), input, stepContext())).toBe(expected);
});

test('numbers of attachments are compared as numbers, and what is not there is neither greater nor less', () => {
  const input = message({ attachments: Array.from({ length: 10 }, (_, index) => attachment({ index })) });
  expect(holds(all({ subject: 'attachments.count', operator: 'greater', value: '9' }), input, stepContext())).toBe(true);
  for (const operator of ['greater', 'less'] as const) {
    expect(holds(all({ subject: 'header.x-none', operator, value: '0' }), input, stepContext())).toBe(false);
  }
});

test('a long row of digits in a mail is compared at once', () => {
  const input = message({ body: { contentType: 'text/plain', text: `${'1'.repeat(1_000_000)}x` } });
  const startedAt = performance.now();
  expect(holds(all({ subject: 'body', operator: 'greater', value: '2' }), input, stepContext())).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});

test('groups are refused below the third level, when empty, and with a condition that looks at nothing', () => {
  const problem = (conditions: ConditionGroup['conditions']) => partsSchema(maxGroupDepth).safeParse(conditions).error?.issues[0]?.message;
  expect(problem([any(all(yes), no)])).toBeUndefined();
  expect(problem([any(all(any(yes)))])).toBeDefined();
  expect(problem([any()])).toBe('each group needs a condition');
  expect(problem([yes, { ...yes, subject: '' }])).toBe('choose what to look at');
});
