import { expect, it } from 'vitest';
import { conditionSchema } from '../../shared/catalog/conditions.ts';
import { needsName, subjectChoice, subjectChoices, subjectOf } from './condition-subject.ts';

it.each(Object.keys(subjectChoices))('writes and reads back the choice %s', (choice) => {
  const chosen = { choice, name: needsName(choice) ? 'x-order' : '' };
  expect(subjectChoice(subjectOf(chosen))).toEqual(chosen);
});

it('writes what the catalog accepts', () => {
  for (const choice of Object.keys(subjectChoices)) {
    const subject = subjectOf({ choice, name: 'x-order' });
    expect(conditionSchema.safeParse({ subject, operator: 'exists', value: '' }).success, subject).toBe(true);
  }
});

it('leaves a header without a name to be complained about', () => {
  const subject = subjectOf({ choice: 'header.', name: ' ' });
  expect(conditionSchema.safeParse({ subject, operator: 'exists', value: '' }).success).toBe(false);
});
