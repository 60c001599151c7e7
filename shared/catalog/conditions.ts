import { z } from 'zod';

/** What Filter and Router ask of a message. */

export const conditionOperators = {
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
  operator: z.enum(Object.keys(conditionOperators) as [keyof typeof conditionOperators]),
  value: z.string().max(1_000).default(''),
});
export type Condition = z.output<typeof conditionSchema>;

/** How many of several must hold. */
export const matchSchema = z.enum(['all', 'any']);
export type Match = z.output<typeof matchSchema>;
export const matchTexts: Record<Match, string> = { all: 'All of them', any: 'Any of them' };

/** "header.subject contains order, +2": for one line on the canvas. */
export function conditionsText(conditions: Condition[]): string {
  const [first] = conditions;
  if (!first) return 'no condition yet';
  const text = `${first.subject} ${conditionOperators[first.operator]} ${first.value}`.trim();
  return conditions.length === 1 ? text : `${text}, +${conditions.length - 1}`;
}
