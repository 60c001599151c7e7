import type { Request, Response } from 'express';
import type { SessionChange } from '../ports/security.ts';
import type { Origin } from '../ports/users.ts';
import type { EventStreams } from './events.ts';
import type { HttpParts } from './parts.ts';
import { presentSession } from './present.ts';
import { presentSessionItem } from './present-users.ts';
import type { Handlers } from './route.ts';
import { FlowError } from '../../shared/errors.ts';
import { visitorOf, webHeaders } from './visitor.ts';

type SessionRoutes = 'getSession' | 'setUp' | 'signIn' | 'signOut' | 'readWelcome' | 'welcome';
type OwnAccountRoutes = 'listSessions' | 'endSession' | 'endOtherSessions' | 'changePassword';

/** Getting in and out. How many may fail is counted where passwords are compared. */
export function sessionRoutes({ accounts, events, version }: HttpParts, streams: EventStreams): Pick<Handlers, SessionRoutes> {
  const answer = async ({ visitor, cookies }: SessionChange, response: Response) => {
    response.append('Set-Cookie', cookies);
    if (visitor) events.publish({ kind: 'user', id: visitor.id });
    return presentSession({ isSetUpNeeded: await accounts.isSetUpNeeded(), visitor, version });
  };

  return {
    async getSession({ request }) {
      const visitor = (await accounts.visitor(webHeaders(request))) ?? null;
      return presentSession({ isSetUpNeeded: await accounts.isSetUpNeeded(), visitor, version });
    },

    async setUp({ body: { token, ...administrator }, request, response, note }) {
      note({ name: administrator.email });
      const change = await accounts.setUp(token, administrator, originOf(request));
      note({ actor: change.visitor ?? undefined });
      return answer(change, response);
    },

    async signIn({ body: { email, password }, request, response, note }) {
      note({ name: email });
      const change = await accounts.signIn(email, password, originOf(request));
      note({ actor: change.visitor ?? undefined });
      return answer(change, response);
    },

    async signOut({ request, response }) {
      const change = await accounts.signOut(webHeaders(request));
      streams.endSession(visitorOf(request).sessionId);
      return answer(change, response);
    },

    readWelcome: async ({ body: { token }, request }) => accounts.readWelcome(token, originOf(request).address),

    async welcome({ body: { token, password }, request, response, note }) {
      const change = await accounts.welcome(token, password, originOf(request));
      note({ actor: change.visitor ?? undefined, name: change.visitor?.email });
      return answer(change, response);
    },
  };
}

/** What people do with their own account; the streams of sessions that end, end with them in every process. */
export function ownAccountRoutes({ accounts, events }: HttpParts): Pick<Handlers, OwnAccountRoutes> {
  return {
    async listSessions({ request }) {
      const { userId, sessionId } = personOf(request);
      return { items: (await accounts.listSessions(userId)).map((row) => presentSessionItem(row, sessionId)), nextCursor: null };
    },

    async endSession({ params: { id }, request }) {
      const { kind, userId } = visitorOf(request);
      // A token has none.
      const isEnded = kind === 'session' && userId !== null && (await accounts.endSession(userId, id));
      if (!isEnded) throw new FlowError('NOT_FOUND', { what: 'session', id });
      events.publish({ kind: 'user', id: userId });
      return null;
    },

    async endOtherSessions({ request }) {
      const { userId, sessionId } = personOf(request);
      const ended = await accounts.endOtherSessions(userId, sessionId);
      events.publish({ kind: 'user', id: userId });
      return { ended: ended.length };
    },

    async changePassword({ body, request }) {
      const person = personOf(request);
      const ended = await accounts.changePassword(person, body, originOf(request).address);
      events.publish({ kind: 'user', id: person.userId });
      return { ended: ended.length };
    },
  };
}

/** @throws NEEDS_SESSION for a token: whoever finds one must not take the account over */
function personOf(request: Request) {
  const visitor = visitorOf(request);
  if (visitor.kind !== 'session' || visitor.userId === null) throw new FlowError('NEEDS_SESSION', {});
  return { ...visitor, userId: visitor.userId };
}

function originOf(request: Request): Origin {
  return { address: request.ip ?? '', userAgent: request.headers['user-agent'] };
}
