import type { Response } from 'express';
import { FlowError } from '../../shared/errors.ts';
import type { SessionChange } from '../ports/security.ts';
import { createAttempts } from './attempts.ts';
import type { EventStreams } from './events.ts';
import type { HttpParts } from './parts.ts';
import { presentSession } from './present.ts';
import type { Handlers } from './route.ts';
import { visitorOf, webHeaders } from './visitor.ts';

const windowMs = 15 * 60_000;

/** Signing in and out. Failed sign-ins are limited per address and account, and more loosely per address. */
export function sessionRoutes(
  { accounts, clock, version }: HttpParts,
  streams: EventStreams,
): Pick<Handlers, 'getSession' | 'setUp' | 'signIn' | 'signOut'> {
  const byAccount = createAttempts({ max: 10, windowMs }, clock);
  const byAddress = createAttempts({ max: 50, windowMs }, clock);

  const answer = async ({ visitor, cookies }: SessionChange, response: Response) => {
    response.append('Set-Cookie', cookies);
    return presentSession({ isSetUpNeeded: await accounts.isSetUpNeeded(), visitor, version });
  };

  /** Runs one attempt of somebody at `address`, unless too many failed before. */
  async function attempt(address: string, account: string, response: Response, run: () => Promise<SessionChange>): Promise<SessionChange> {
    const key = `${address} ${account.toLowerCase()}`;
    const seconds = byAddress.begin(address) || byAccount.begin(key);
    if (seconds > 0) {
      response.set('Retry-After', String(seconds));
      throw new FlowError('TOO_MANY_ATTEMPTS', { seconds });
    }
    try {
      const change = await run();
      byAccount.clear(key);
      byAddress.forgive(address);
      return change;
    } catch (error) {
      if (!isRefusal(error)) {
        byAccount.forgive(key);
        byAddress.forgive(address);
      }
      throw error;
    }
  }

  return {
    async getSession({ request }) {
      const visitor = (await accounts.visitor(webHeaders(request))) ?? null;
      return presentSession({ isSetUpNeeded: await accounts.isSetUpNeeded(), visitor, version });
    },

    async setUp({ body: { token, ...administrator }, request, response }) {
      const change = await attempt(request.ip ?? '', 'set-up', response, () => accounts.setUp(token, administrator));
      return answer(change, response);
    },

    async signIn({ body: { email, password }, request, response, note }) {
      note({ name: email });
      const change = await attempt(request.ip ?? '', email, response, () =>
        accounts.signIn(email, password, request.headers['user-agent']),
      );
      note({ actor: change.visitor ?? undefined });
      return answer(change, response);
    },

    async signOut({ request, response }) {
      const change = await accounts.signOut(webHeaders(request));
      streams.endSession(visitorOf(request).sessionId);
      return answer(change, response);
    },
  };
}

/** Wrong password or token; a database that is away, for one, is nobody's failed attempt. */
function isRefusal(error: unknown): boolean {
  return error instanceof FlowError && (error.code === 'SIGN_IN_FAILED' || error.code === 'SETUP_TOKEN_WRONG');
}
