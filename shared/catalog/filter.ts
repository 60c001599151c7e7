import { z } from 'zod';
import { describe, field } from './define.ts';

export const filterOperators = {
  contains: 'contains',
  'contains-not': 'does not contain',
  equals: 'equals',
  'equals-not': 'does not equal',
  'starts-with': 'starts with',
  'ends-with': 'ends with',
  matches: 'matches (wildcards * and ?)',
  exists: 'exists',
  'exists-not': 'does not exist',
} as const;

/** What a condition looks at: `header.<name>`, `property.<name>`, `body`, `attachments.count` or `attachments.names`. */
export const conditionSchema = z.object({
  subject: z
    .string()
    .trim()
    .min(1, 'choose what to look at')
    .max(200)
    .regex(/^(header\..+|property\..+|body|attachments\.(count|names))$/, 'choose what to look at'),
  operator: z.enum(Object.keys(filterOperators) as [keyof typeof filterOperators]),
  value: z.string().max(1_000).default(''),
});
export type Condition = z.output<typeof conditionSchema>;

const config = z.object({
  name: field(z.string().trim().max(100).default('Filter'), { tab: 'General', label: 'Name', control: 'text' }),
  conditions: field(z.array(conditionSchema).max(50).default([]), {
    tab: 'Conditions',
    label: 'Conditions',
    control: 'conditions',
    required: true,
    help: 'A message passes when they hold. Upper and lower case are the same.',
  }),
  match: field(z.enum(['all', 'any']).default('all'), {
    tab: 'Conditions',
    label: 'How many must hold',
    control: 'radio',
    options: { all: 'All of them', any: 'Any of them' },
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
  subtitle: (c) => {
    const [first] = c.conditions;
    if (!first) return 'no condition yet';
    const text = `${first.subject} ${filterOperators[first.operator]} ${first.value}`.trim();
    return c.conditions.length === 1 ? text : `${text}, +${c.conditions.length - 1}`;
  },
});
