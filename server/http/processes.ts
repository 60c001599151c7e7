import type { HttpParts } from './parts.ts';
import { presentProcess } from './present.ts';
import type { Handlers } from './route.ts';

export function processRoutes({ processes }: HttpParts): Pick<Handlers, 'listProcesses'> {
  return {
    listProcesses: async () => ({ items: (await processes.list()).map(presentProcess), nextCursor: null }),
  };
}
