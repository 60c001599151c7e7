import { z } from 'zod';
import { maxGroupDepth, operatorSchema, type Condition, type ConditionGroup } from '../../shared/catalog/conditions.ts';
import type { Route } from '../../shared/catalog/router.ts';

/** Conditions and routes as typed: unlike those of the catalog, they may be unfinished. */

export const newCondition: Condition = { subject: 'header.subject', operator: 'contains', value: '' };

const typedCondition: z.ZodType<Condition> = z.object({
  subject: z.string().catch('header.subject'),
  operator: operatorSchema.catch('contains'),
  value: z.string().catch(''),
});

export const typedConditions = z.array(typedCondition).catch([]);

function typedGroup(depth: number): z.ZodType<ConditionGroup> {
  const inner = depth > 1 ? typedGroup(depth - 1) : undefined;
  const part = z.unknown().transform((typed): Condition | ConditionGroup => {
    const group = inner && typeof typed === 'object' && typed !== null && 'of' in typed ? inner.safeParse(typed).data : undefined;
    return group ?? typedCondition.safeParse(typed).data ?? newCondition;
  });
  return z.object({ match: z.enum(['all', 'any']).catch('all'), of: z.array(part).catch([]) });
}

const typedRoute: z.ZodType<Route> = z.object({
  port: z.string().min(1),
  name: z.string().catch(''),
  when: typedGroup(maxGroupDepth).catch({ match: 'all', of: [] }),
});

/** Each by itself, so that one from elsewhere that can't be read takes no other with it. */
export function typedRoutes(typed: unknown): Route[] {
  return Array.isArray(typed) ? typed.flatMap((entry) => typedRoute.safeParse(entry).data ?? []) : [];
}

/** The list with the element at one place moved to another. */
export function moved<T>(list: T[], from: number, to: number): T[] {
  const taken = list[from];
  return taken === undefined ? list : list.toSpliced(from, 1).toSpliced(to, 0, taken);
}

/** A name that no route has yet: "Route 3". */
export function freeName(routes: Route[]): string {
  const names = new Set(routes.map(({ name }) => name.toLowerCase()));
  let number = routes.length + 1;
  while (names.has(`route ${number}`)) number += 1;
  return `Route ${number}`;
}
