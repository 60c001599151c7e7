import { FlowError } from '../../shared/errors.ts';
import type { HttpParts } from './parts.ts';
import { presentCredential } from './present.ts';
import type { Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

export function credentialRoutes({
  credentials,
}: HttpParts): Pick<Handlers, 'listCredentials' | 'createCredential' | 'saveCredential' | 'deleteCredential'> {
  const missing = (id: string) => new FlowError('NOT_FOUND', { what: 'User Credentials artifact', id });

  return {
    listCredentials: async () => ({ items: (await credentials.list()).map(presentCredential), nextCursor: null }),

    createCredential: async ({ body, request }) => presentCredential(await credentials.create(body, nameOf(visitorOf(request)))),

    async saveCredential({ params: { name }, body, request }) {
      const saved = await credentials.save(name, body, nameOf(visitorOf(request)));
      if (!saved) throw missing(name);
      return presentCredential(saved);
    },

    async deleteCredential({ params: { name } }) {
      if (!(await credentials.remove(name))) throw missing(name);
      return null;
    },
  };
}
