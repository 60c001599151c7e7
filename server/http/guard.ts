import type { RequestHandler } from 'express';
import { mayAny, roleTable } from '../../shared/roles.ts';
import type { Access } from '../../shared/api/route.ts';
import { FlowError } from '../../shared/errors.ts';
import type { HttpParts } from './parts.ts';
import { requireVisitor, visitorOf } from './visitor.ts';

/** What stands before a route, in this order: who asks, and whether they may. */
export type Guard = (access: Access) => RequestHandler[];

export function createGuard({ accounts }: Pick<HttpParts, 'accounts'>): Guard {
  const known = requireVisitor(accounts);
  return ({ may }) => (may === 'anyone' ? [] : [known, requirePermission(may)]);
}

/** @throws NOT_ALLOWED */
function requirePermission(may: Access['may']): RequestHandler {
  const wanted = typeof may === 'string' ? may : may.join(' or ');
  return (request, _response, next) => {
    const visitor = visitorOf(request);
    if (!mayAny(visitor.may, may)) throw new FlowError('NOT_ALLOWED', { role: roleTable[visitor.role].title, permission: wanted });
    next();
  };
}
