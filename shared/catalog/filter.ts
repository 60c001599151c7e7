import { z } from 'zod';
import { conditionSchema, conditionsText, matchSchema, matchTexts } from './conditions.ts';
import { describe, field } from './define.ts';

const config = z.object({
  name: field(z.string().trim().max(100).default('Filter'), { tab: 'General', label: 'Name', control: 'text' }),
  conditions: field(z.array(conditionSchema).max(50).default([]), {
    tab: 'Conditions',
    label: 'Conditions',
    control: 'conditions',
    required: true,
    help: 'A message passes when they hold. Upper and lower case are the same.',
  }),
  match: field(matchSchema.default('all'), {
    tab: 'Conditions',
    label: 'How many must hold',
    control: 'radio',
    options: matchTexts,
  }),
});
export type FilterConfig = z.output<typeof config>;

export const filter = describe({
  type: 'filter',
  role: 'step',
  title: 'Filter',
  icon: 'filter',
  summary: 'Lets a message pass only when its conditions hold; others end here as COMPLETED.',
  config,
  rules: [],
  checklist: [],
  subtitle: (c) => conditionsText(c.conditions),
});
