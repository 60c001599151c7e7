import type { RequestHandler } from 'express';
import type { Access } from '../../shared/api/route.ts';
import { FlowError } from '../../shared/errors.ts';
import { mayAny, roleTable } from '../../shared/roles.ts';
import type { AuditTrail, AuditedRoute } from './audit-trail.ts';
import type { HttpParts } from './parts.ts';
import { limitRates, rates as usualRates } from './rates.ts';
import { requireVisitor, visitorOf } from './visitor.ts';

/** What stands before a route, in this order: who asks, how often, and whether they may. The body is read behind it. */
export type Guard = (name: string, route: AuditedRoute) => RequestHandler[];

export function createGuard(
  { accounts, rates = usualRates, clock }: Pick<HttpParts, 'accounts' | 'rates' | 'clock'>,
  trail: AuditTrail,
): Guard {
  const known = requireVisitor(accounts);
  const limited = limitRates(rates, clock);
  return (name, route) => (route.may === 'anyone' ? [] : [known, limited(route), requirePermission(name, route, trail)]);
}

/** @throws NOT_ALLOWED, which leaves a line in the audit log where the route has one */
function requirePermission(name: string, route: AuditedRoute, trail: AuditTrail): RequestHandler {
  return async (request, _response, next) => {
    const visitor = visitorOf(request);
    if (mayAny(visitor.may, route.may)) return next();
    const error = new FlowError('NOT_ALLOWED', { role: roleTable[visitor.role].title, permission: wordsOf(route.may) });
    await trail.refused({ name, route, params: request.params, request }, error);
    throw error;
  };
}

function wordsOf(may: Access['may']): string {
  return typeof may === 'string' ? may : may.join(' or ');
}
