import { FlowError } from '../../shared/errors.ts';
import type { CredentialRow } from '../ports/security.ts';
import type { HttpParts } from './parts.ts';
import { presentCredential } from './present.ts';
import type { Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

export function credentialRoutes({
  credentials,
}: HttpParts): Pick<Handlers, 'listCredentials' | 'createCredential' | 'saveCredential' | 'deleteCredential'> {
  const missing = (id: string) => new FlowError('NOT_FOUND', { what: 'User Credentials artifact', id });

  const stored = async (name: string) => (await credentials.list()).find((row) => row.name === name);

  return {
    listCredentials: async () => ({ items: (await credentials.list()).map(presentCredential), nextCursor: null }),

    async createCredential({ body, request, note }) {
      const created = await credentials.create(body, nameOf(visitorOf(request)));
      note({ after: audited(created) });
      return presentCredential(created);
    },

    async saveCredential({ params: { name }, body, request, note }) {
      note({ before: audited(await stored(name)) });
      const saved = await credentials.save(name, body, nameOf(visitorOf(request)));
      if (!saved) throw missing(name);
      note({ name, after: { ...audited(saved), ...(body.password === undefined ? {} : { replaced: 'the password' }) } });
      return presentCredential(saved);
    },

    async deleteCredential({ params: { name }, note }) {
      note({ name, before: audited(await stored(name)) });
      if (!(await credentials.remove(name))) throw missing(name);
      return null;
    },
  };
}

/** What people decide about it, for the audit log. */
function audited(row: CredentialRow | undefined) {
  return row && { user: row.user, description: row.description, allowedHosts: row.allowedHosts };
}
