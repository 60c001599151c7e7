import { z } from 'zod';

/** What steps ask about a message: one comparison, or groups of them joined by "all" or "any". */

export const operators = {
  contains: 'contains',
  'contains-not': 'does not contain',
  equals: 'equals',
  'equals-not': 'does not equal',
  'starts-with': 'starts with',
  'ends-with': 'ends with',
  matches: 'matches (wildcards * and ?)',
  greater: 'is greater than',
  less: 'is less than',
  exists: 'exists',
  'exists-not': 'does not exist',
} as const;
export type Operator = keyof typeof operators;

export const operatorSchema = z.enum(Object.keys(operators) as [Operator]);

/** What a condition looks at: `header.<name>`, `property.<name>`, `body`, `attachments.count` or `attachments.names`. */
export const conditionSchema = z.object({
  subject: z
    .string()
    .trim()
    .min(1, 'choose what to look at')
    .max(200)
    .regex(/^(header\..+|property\..+|body|attachments\.(count|names))$/, 'choose what to look at'),
  operator: operatorSchema,
  value: z.string().max(1_000).default(''),
});
export type Condition = z.output<typeof conditionSchema>;

export interface ConditionGroup {
  match: 'all' | 'any';
  of: (Condition | ConditionGroup)[];
}

/** A group, groups in it, and groups in those. */
export const maxGroupDepth = 3;
export const maxConditions = 50;

function groupSchema(depth: number): z.ZodType<ConditionGroup> {
  const of = depth === 1 ? conditionSchema : z.union([conditionSchema, groupSchema(depth - 1)], 'a condition is not complete');
  return z.object({ match: z.enum(['all', 'any']), of: z.array(of).max(maxConditions) });
}

export const conditionGroupSchema = groupSchema(maxGroupDepth).refine(
  (group) => conditionsIn(group).length <= maxConditions,
  `at most ${maxConditions} conditions`,
);

export function isGroup(part: Condition | ConditionGroup): part is ConditionGroup {
  return 'of' in part;
}

/** Every comparison, in the order in which they are read. */
export function conditionsIn(group: ConditionGroup): Condition[] {
  return group.of.flatMap((part) => (isGroup(part) ? conditionsIn(part) : [part]));
}

/** A group without a condition would hold always, or never: which of them nobody could say. */
export function hasEmptyGroup(group: ConditionGroup): boolean {
  return group.of.length === 0 || group.of.some((part) => isGroup(part) && hasEmptyGroup(part));
}

export function needsValue(operator: Operator): boolean {
  return !operator.startsWith('exists');
}

/** "header.subject contains 'order'" */
export function conditionText({ subject, operator, value }: Condition): string {
  return needsValue(operator) ? `${subject} ${operators[operator]} '${value}'` : `${subject} ${operators[operator]}`;
}
