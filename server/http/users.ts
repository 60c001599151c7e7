import type { Request } from 'express';
import { FlowError } from '../../shared/errors.ts';
import type { Visitor } from '../ports/security.ts';
import type { UserRow } from '../ports/users.ts';
import type { HttpParts } from './parts.ts';
import { presentSessionItem, presentUser } from './present-users.ts';
import type { Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

type UserRoutes =
  | 'listUsers'
  | 'createUser'
  | 'saveUser'
  | 'deleteUser'
  | 'resetUser'
  | 'unlockUser'
  | 'endUserSessions'
  | 'listUserSessions'
  | 'endUserSession';

/** People who may sign in, for administrators. What happens to an account counts with its next request, in every process. */
export function userRoutes({ users, accounts, events, publicUrl }: HttpParts): Pick<Handlers, UserRoutes> {
  const told = (id: string) => events.publish({ kind: 'user', id });

  const linkOf = (request: Request, token: string) =>
    `${publicUrl ?? `${request.protocol}://${request.headers.host}`}/welcome#token=${token}`;

  return {
    listUsers: async () => ({ items: (await users.list()).map(presentUser), nextCursor: null }),

    async createUser({ body, request, note }) {
      const { user, token, until } = await users.create(body, nameOf(visitorOf(request)));
      note({ id: user.id, name: user.email, after: audited(user) });
      told(user.id);
      return { user: presentUser(user), link: linkOf(request, token), until: until.toISOString() };
    },

    async saveUser({ params: { id }, body, note }) {
      const before = await users.get(id);
      note({ name: before?.email, before: before && audited(before) });
      const user = await users.save(id, body);
      note({ after: audited(user) });
      told(id);
      return presentUser(user);
    },

    async deleteUser({ params: { id }, note }) {
      const user = await users.remove(id);
      note({ name: user.email, before: audited(user) });
      told(id);
      return null;
    },

    async resetUser({ params: { id }, body: { revokesTokens }, request, note }) {
      refuseOwn(visitorOf(request), id);
      const { user, token, until } = await users.reset(id, { revokesTokens, by: nameOf(visitorOf(request)) });
      note({ name: user.email, after: { apiTokens: revokesTokens ? 'revoked' : 'kept' } });
      told(id);
      return { link: linkOf(request, token), until: until.toISOString() };
    },

    async unlockUser({ params: { id }, note }) {
      const user = await users.unlock(id);
      note({ name: user.email });
      told(id);
      return presentUser(user);
    },

    async listUserSessions({ params: { id }, request }) {
      const { sessionId } = visitorOf(request);
      if (!(await users.get(id))) throw new FlowError('NOT_FOUND', { what: 'user', id });
      return { items: (await accounts.listSessions(id)).map((row) => presentSessionItem(row, sessionId)), nextCursor: null };
    },

    async endUserSession({ params: { id, sessionId }, note }) {
      note({ name: (await users.get(id))?.email });
      if (!(await accounts.endSession(id, sessionId))) throw new FlowError('NOT_FOUND', { what: 'session', id: sessionId });
      told(id);
      return null;
    },

    async endUserSessions({ params: { id }, note }) {
      const { user, ended } = await users.endSessions(id);
      note({ name: user.email });
      told(id);
      return { ended };
    },
  };
}

/** What an administrator decides about a person, for the audit log. */
function audited({ name, email, role, isDisabled }: UserRow) {
  return { name, email, role, isDisabled };
}

/** The answer, with the link in it, would find nobody signed in. */
function refuseOwn(visitor: Visitor, id: string): void {
  if (visitor.kind === 'session' && visitor.id === id) throw new FlowError('OWN_RESET', {});
}
