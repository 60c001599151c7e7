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
  greater: 'is greater than',
  less: 'is less than',
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

/** Conditions, and groups of them, of which all or any must hold. */
export interface ConditionGroup {
  match: Match;
  conditions: (Condition | ConditionGroup)[];
}

/** A group, groups in it, and groups in those. */
export const maxGroupDepth = 3;
export const maxConditions = 50;

/** @param depth how deep groups may go, this one included */
export function partsSchema(depth: number): z.ZodType<(Condition | ConditionGroup)[]> {
  const part = depth === 1 ? conditionSchema : z.union([conditionSchema, groupSchema(depth - 1)], 'a condition is not complete');
  return z.array(part).min(1, 'each group needs a condition').max(maxConditions, `at most ${maxConditions} conditions`);
}

function groupSchema(depth: number): z.ZodType<ConditionGroup> {
  return z.object({ match: matchSchema, conditions: partsSchema(depth) });
}

export function isGroup(part: Condition | ConditionGroup): part is ConditionGroup {
  return 'conditions' in part;
}

/** Every condition, those of inner groups included, in the order in which they are read. */
export function allConditions({ conditions }: Pick<ConditionGroup, 'conditions'>): Condition[] {
  return conditions.flatMap((part) => (isGroup(part) ? allConditions(part) : [part]));
}

export function needsValue(operator: Condition['operator']): boolean {
  return !operator.startsWith('exists');
}

/** "header.subject contains order, +2": for one line on the canvas. */
export function conditionsText(conditions: Condition[]): string {
  const [first] = conditions;
  if (!first) return 'no condition yet';
  const text = `${first.subject} ${conditionOperators[first.operator]} ${first.value}`.trim();
  return conditions.length === 1 ? text : `${text}, +${conditions.length - 1}`;
}
