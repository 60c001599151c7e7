import { expect, test } from 'vitest';
import { conditionGroupSchema, type Condition, type ConditionGroup } from '../../shared/catalog/conditions.ts';
import { attachment, message, stepContext } from '../testing/factories.ts';
import { holds } from './conditions.ts';

const yes: Condition = { subject: 'header.subject', operator: 'contains', value: 'order' };
const no: Condition = { subject: 'header.subject', operator: 'contains', value: 'invoice' };
const all = (...of: ConditionGroup['of']): ConditionGroup => ({ match: 'all', of });
const any = (...of: ConditionGroup['of']): ConditionGroup => ({ match: 'any', of });

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
  expect(holds({ subject: 'property.value', operator, value: wanted }, input, stepContext())).toBe(expected);
});

test('numbers of attachments are compared as numbers, and what is not there is neither greater nor less', () => {
  const input = message({ attachments: Array.from({ length: 10 }, (_, index) => attachment({ index })) });
  expect(holds({ subject: 'attachments.count', operator: 'greater', value: '9' }, input, stepContext())).toBe(true);
  for (const operator of ['greater', 'less'] as const) {
    expect(holds({ subject: 'header.x-none', operator, value: '0' }, input, stepContext())).toBe(false);
  }
});

test('groups are refused below the third level, beyond 50 conditions in all, and with one that looks at nothing', () => {
  expect(conditionGroupSchema.safeParse(all(any(all(yes)))).success).toBe(true);
  expect(conditionGroupSchema.safeParse(all(any(all(any(yes))))).success).toBe(false);
  const many = Array.from({ length: 26 }, () => yes);
  expect(conditionGroupSchema.safeParse(all(all(...many), all(...many))).error?.issues[0]?.message).toBe('at most 50 conditions');
  expect(conditionGroupSchema.safeParse(all({ ...yes, subject: '' })).error?.issues[0]?.message).toBe('choose what to look at');
});
