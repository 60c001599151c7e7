import { FlowError } from '../../shared/errors.ts';
import { isWithin, mayAny, roles, roleTable, type Role } from '../../shared/roles.ts';
import { tokenDays } from '../../shared/token-days.ts';
import type { Visitor } from '../ports/security.ts';
import type { HttpParts } from './parts.ts';
import { presentToken } from './present.ts';
import type { Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

const dayMs = 86_400_000;

/** Everybody has tokens of their own; an administrator sees and revokes those of the others, too. */
export function tokenRoutes({ accounts, clock, events }: HttpParts): Pick<Handlers, 'listTokens' | 'createToken' | 'deleteToken'> {
  return {
    async listTokens({ request }) {
      const visitor = visitorOf(request);
      const tokens = (await accounts.listTokens(within(visitor))).filter(({ id }) => maySee(visitor, id));
      return { items: tokens.map((token) => presentToken(token, clock.now())), nextCursor: null };
    },

    async createToken({ body, request, note }) {
      const visitor = visitorOf(request);
      const role = body.role ?? highestRole(visitor);
      if (!isWithin(role, visitor.may)) throw new FlowError('ROLE_BEYOND_OWN', { role: roleTable[role].title });
      const expiresAt = expiryOf(body.expiresAt, visitor, clock.now());
      const created = await accounts.createToken({ name: body.name, role, userId: visitor.userId, expiresAt }, nameOf(visitor));
      note({ id: created.id, name: created.name, after: { role, expiresAt } });
      if (visitor.userId !== null) events.publish({ kind: 'user', id: visitor.userId });
      return { ...presentToken(created, clock.now()), token: created.token };
    },

    async deleteToken({ params: { id }, request, note }) {
      const visitor = visitorOf(request);
      const token = maySee(visitor, id) ? await accounts.deleteToken(id, within(visitor)) : undefined;
      if (!token) throw new FlowError('NOT_FOUND', { what: 'API token', id });
      note({ name: token.name });
      events.publish({ kind: 'user', id: token.owner?.id ?? id });
      return null;
    },
  };
}

/** Somebody who finds a token must not take the others away. */
function maySee(visitor: Visitor, tokenId: string): boolean {
  return visitor.kind === 'session' || mayAny(visitor.may, 'administer') || visitor.id === tokenId;
}

/** Whose tokens a visitor may see and revoke; undefined: everybody's. */
function within(visitor: Visitor): string | undefined {
  if (mayAny(visitor.may, 'administer')) return undefined;
  // Of nobody, where the token of the environment, say, is no administrator's any more.
  return visitor.userId ?? '';
}

/** The first of the roles, from the one that may most, that lies within what the visitor may. */
function highestRole(visitor: Visitor): Role {
  return roles.find((role) => isWithin(role, visitor.may)) ?? 'viewer';
}

/** @throws BAD_REQUEST for a time that is past or more than a year away; a token makes none that outlives it */
function expiryOf(wanted: string | undefined, visitor: Visitor, now: Date): Date {
  const inDays = (days: number) => new Date(now.getTime() + days * dayMs);
  const latest = Math.min(inDays(tokenDays.most).getTime(), visitor.expiresAt?.getTime() ?? Infinity);
  if (wanted === undefined) return new Date(Math.min(inDays(tokenDays.usual).getTime(), latest));
  const asked = new Date(wanted);
  if (asked > now && asked.getTime() <= latest) return asked;
  const message = `must be in the future and ${new Date(latest).toISOString()} at the latest`;
  throw new FlowError('BAD_REQUEST', { problems: [{ path: 'expiresAt', message }] });
}
