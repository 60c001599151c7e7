import type { Request, RequestHandler } from 'express';
import { FlowError } from '../../shared/errors.ts';
import type { Accounts, Visitor } from '../ports/security.ts';

const visitors = new WeakMap<Request, Visitor>();

/** Finds out who asks; answers NOT_SIGNED_IN when nobody. */
export function requireVisitor(accounts: Accounts): RequestHandler {
  return async (request, _response, next) => {
    const visitor = await accounts.visitor(webHeaders(request));
    if (!visitor) throw new FlowError('NOT_SIGNED_IN', {});
    visitors.set(request, visitor);
    next();
  };
}

/** @throws NOT_SIGNED_IN where `requireVisitor` did not run, so that a route can't forget it */
export function visitorOf(request: Request): Visitor {
  const visitor = visitors.get(request);
  if (!visitor) throw new FlowError('NOT_SIGNED_IN', {});
  return visitor;
}

/** Who asks, where somebody had to be. */
export function knownVisitor(request: Request): Visitor | undefined {
  return visitors.get(request);
}

/** How a visitor is written into the log of deployments. */
export function nameOf(visitor: Visitor): string {
  return visitor.email || visitor.name;
}

/** The headers that say who asks, as the accounts read them. */
export function webHeaders({ headers: { authorization, cookie } }: Request): Headers {
  return new Headers({ ...(authorization === undefined ? {} : { authorization }), ...(cookie === undefined ? {} : { cookie }) });
}
