import { FlowError } from '../../shared/errors.ts';
import type { HttpParts } from './parts.ts';
import { presentPoll } from './present.ts';
import type { Handlers } from './route.ts';

export function pollRoutes({ polls, events }: HttpParts): Pick<Handlers, 'listPolls' | 'getPollSums' | 'takeRead'> {
  return {
    async listPolls({ query: { limit, cursor, from, ...filter } }) {
      const { items, nextCursor } = await polls.list({ ...filter, from: from ? new Date(from) : undefined }, { limit, cursor });
      return { items: items.map(presentPoll), nextCursor };
    },

    getPollSums: ({ params: { id }, query: { from } }) => polls.sums(id, new Date(from)),

    async takeRead({ params: { id } }) {
      const count = await polls.takeRead(id);
      if (count === 0) throw new FlowError('NOT_FOUND', { what: 'mail read by someone else in channel', id });
      // Wakes the workers.
      events.publish({ kind: 'deployment', id });
      return { count };
    },
  };
}
