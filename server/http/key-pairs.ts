import { FlowError } from '../../shared/errors.ts';
import type { HttpParts } from './parts.ts';
import { presentKeyPair } from './present.ts';
import type { Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

export function keyPairRoutes({
  keyPairs,
}: Pick<HttpParts, 'keyPairs'>): Pick<Handlers, 'listKeyPairs' | 'createKeyPair' | 'saveKeyPair' | 'deleteKeyPair'> {
  const missing = (id: string) => new FlowError('NOT_FOUND', { what: 'key pair', id });

  return {
    listKeyPairs: async () => ({ items: (await keyPairs.list()).map(presentKeyPair), nextCursor: null }),

    createKeyPair: async ({ body, request }) => presentKeyPair(await keyPairs.create(body, nameOf(visitorOf(request)))),

    async saveKeyPair({ params: { name }, body, request }) {
      const saved = await keyPairs.save(name, body, nameOf(visitorOf(request)));
      if (!saved) throw missing(name);
      return presentKeyPair(saved);
    },

    async deleteKeyPair({ params: { name } }) {
      if (!(await keyPairs.remove(name))) throw missing(name);
      return null;
    },
  };
}
