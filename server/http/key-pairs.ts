import { FlowError } from '../../shared/errors.ts';
import { auditedCertificates } from './certificates.ts';
import type { HttpParts } from './parts.ts';
import { presentKeyPair } from './present.ts';
import type { Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

export function keyPairRoutes({
  keyPairs,
}: Pick<HttpParts, 'keyPairs'>): Pick<Handlers, 'listKeyPairs' | 'createKeyPair' | 'saveKeyPair' | 'deleteKeyPair'> {
  const missing = (id: string) => new FlowError('NOT_FOUND', { what: 'key pair', id });

  const stored = async (name: string) => (await keyPairs.list()).find((row) => row.name === name);

  return {
    listKeyPairs: async () => ({ items: (await keyPairs.list()).map(presentKeyPair), nextCursor: null }),

    async createKeyPair({ body, request, note }) {
      const created = await keyPairs.create(body, nameOf(visitorOf(request)));
      note({ after: auditedCertificates(created) });
      return presentKeyPair(created);
    },

    async saveKeyPair({ params: { name }, body, request, note }) {
      note({ before: auditedCertificates(await stored(name)) });
      const saved = await keyPairs.save(name, body, nameOf(visitorOf(request)));
      if (!saved) throw missing(name);
      note({ name, after: auditedCertificates(saved) });
      return presentKeyPair(saved);
    },

    async deleteKeyPair({ params: { name }, note }) {
      note({ name, before: auditedCertificates(await stored(name)) });
      if (!(await keyPairs.remove(name))) throw missing(name);
      return null;
    },
  };
}
