import type { OAuth2ClientView } from '../../shared/api/oauth2-clients.ts';
import { FlowError } from '../../shared/errors.ts';
import type { OAuth2ClientRow } from '../ports/oauth2.ts';
import type { HttpParts } from './parts.ts';
import type { Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

export function oauth2ClientRoutes({
  oauth2Clients,
}: Pick<HttpParts, 'oauth2Clients'>): Pick<
  Handlers,
  'listOAuth2Clients' | 'createOAuth2Client' | 'saveOAuth2Client' | 'deleteOAuth2Client'
> {
  const missing = (id: string) => new FlowError('NOT_FOUND', { what: 'OAuth2 Client Credentials artifact', id });
  const stored = async (name: string) => (await oauth2Clients.list()).find((row) => row.name === name);

  return {
    listOAuth2Clients: async () => ({ items: (await oauth2Clients.list()).map(present), nextCursor: null }),

    async createOAuth2Client({ body, request, note }) {
      const created = await oauth2Clients.create(body, nameOf(visitorOf(request)));
      note({ after: audited(created) });
      return present(created);
    },

    async saveOAuth2Client({ params: { name }, body, request, note }) {
      note({ before: audited(await stored(name)) });
      const saved = await oauth2Clients.save(name, body, nameOf(visitorOf(request)));
      if (!saved) throw missing(name);
      note({ name, after: { ...audited(saved), ...(body.clientSecret === undefined ? {} : { replaced: 'the client secret' }) } });
      return present(saved);
    },

    async deleteOAuth2Client({ params: { name }, note }) {
      note({ name, before: audited(await stored(name)) });
      if (!(await oauth2Clients.remove(name))) throw missing(name);
      return null;
    },
  };
}

function present(client: OAuth2ClientRow): OAuth2ClientView {
  return {
    name: client.name,
    description: client.description,
    tokenUrl: client.tokenUrl,
    clientId: client.clientId,
    hasClientSecret: client.hasClientSecret,
    sendAs: client.sendAs,
    scope: client.scope,
    audience: client.audience,
    resource: client.resource,
    allowedHosts: client.allowedHosts,
    state: client.state,
    error: client.error,
    accessTokenUntil: client.accessTokenUntil && client.accessTokenUntil.toISOString(),
    deployedAt: client.deployedAt.toISOString(),
    deployedBy: client.deployedBy,
    usedBy: client.usedBy,
  };
}

/** What people decide about it, for the audit log. */
function audited(row: OAuth2ClientRow | undefined) {
  if (!row) return undefined;
  const { clientId, scope, audience, resource, description, allowedHosts, sendAs } = row;
  // Not by a name that says token, which the log leaves out.
  return { clientId, scope, audience, resource, description, allowedHosts, sendAs, exchangeUrl: row.tokenUrl };
}
