import type { HttpParts } from './parts.ts';
import { presentPoll } from './present.ts';
import type { Handlers } from './route.ts';

export function pollRoutes({ polls }: HttpParts): Pick<Handlers, 'listPolls'> {
  return {
    async listPolls({ query: { limit, cursor, ...filter } }) {
      const { items, nextCursor } = await polls.list(filter, { limit, cursor });
      return { items: items.map(presentPoll), nextCursor };
    },
  };
}
