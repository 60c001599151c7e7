import { FlowError } from '../../shared/errors.ts';
import type { EventStreams } from './events.ts';
import type { HttpParts } from './parts.ts';
import { presentToken } from './present.ts';
import type { Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

export function tokenRoutes({ accounts }: HttpParts, streams: EventStreams): Pick<Handlers, 'listTokens' | 'createToken' | 'deleteToken'> {
  return {
    listTokens: async () => ({ items: (await accounts.listTokens()).map(presentToken), nextCursor: null }),

    async createToken({ body, request }) {
      const created = await accounts.createToken(body.name, nameOf(visitorOf(request)));
      return { ...presentToken(created), token: created.token };
    },

    async deleteToken({ params: { id } }) {
      if (!(await accounts.deleteToken(id))) throw new FlowError('NOT_FOUND', { what: 'API token', id });
      streams.endSession(id);
      return null;
    },
  };
}
