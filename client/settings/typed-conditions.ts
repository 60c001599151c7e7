import { z } from 'zod';
import { conditionOperators, maxGroupDepth, type Condition, type ConditionGroup } from '../../shared/catalog/conditions.ts';

/** Conditions and routes as typed: unlike those of the catalog, they may be unfinished. */

export const newCondition: Condition = { subject: 'header.subject', operator: 'contains', value: '' };

const typedCondition = z.object({
  subject: z.string().catch('header.subject'),
  operator: z.enum(Object.keys(conditionOperators) as [keyof typeof conditionOperators]).catch('contains'),
  value: z.string().catch(''),
});

export const typedConditions = z.array(typedCondition).catch([]);

const typedMatch = z.enum(['all', 'any']).catch('all');

/** @param depth how deep groups may go, this one included */
function typedParts(depth: number): z.ZodType<ConditionGroup['conditions']> {
  const group = depth > 1 ? z.object({ match: typedMatch, conditions: typedParts(depth - 1) }) : undefined;
  const part = z.unknown().transform((typed): Condition | ConditionGroup => {
    const isGroup = typeof typed === 'object' && typed !== null && 'conditions' in typed;
    return (isGroup ? group?.safeParse(typed).data : typedCondition.safeParse(typed).data) ?? newCondition;
  });
  return z.array(part).catch([]);
}

export const typedRoutes = z
  .array(
    z.object({
      port: z.string().catch(''),
      name: z.string().catch(''),
      match: typedMatch,
      conditions: typedParts(maxGroupDepth),
    }),
  )
  .catch([]);
export type TypedRoute = z.output<typeof typedRoutes>[number];
