import type { Request } from 'express';
import { oauth2Streams } from '../../shared/api/oauth2-credentials.ts';
import { FlowError } from '../../shared/errors.ts';
import type { OAuth2CredentialRow } from '../ports/oauth2.ts';
import type { HttpParts } from './parts.ts';
import { presentOAuth2Credential } from './present.ts';
import type { Handlers, StreamHandlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

const callbackPath = oauth2Streams.returnFromProvider.path;
/** The page of the client that ends an authorization. */
const page = '/oauth2/authorized';
const handedOver = ['state', 'code', 'iss', 'error', 'error_description'];
const maxValueLength = 8_000;

export function oauth2Routes({
  oauth2Credentials,
  publicUrl,
}: Pick<HttpParts, 'oauth2Credentials' | 'publicUrl'>): Pick<
  Handlers,
  | 'listOAuth2Credentials'
  | 'createOAuth2Credential'
  | 'saveOAuth2Credential'
  | 'deleteOAuth2Credential'
  | 'authorizeOAuth2Credential'
  | 'completeOAuth2Authorization'
> {
  const missing = (id: string) => new FlowError('NOT_FOUND', { what: 'OAuth2 Authorization Code artifact', id });
  /** Where browsers find us: as configured, else as this one did, whose Host header was checked. */
  const redirectUrl = (request: Request) => `${publicUrl ?? `${request.protocol}://${request.headers.host}`}/api/v1${callbackPath}`;

  const stored = async (name: string) => (await oauth2Credentials.list()).find((row) => row.name === name);

  return {
    listOAuth2Credentials: async ({ request }) => ({
      items: (await oauth2Credentials.list()).map(presentOAuth2Credential),
      nextCursor: null,
      redirectUrl: redirectUrl(request),
    }),

    async createOAuth2Credential({ body, request, note }) {
      const created = await oauth2Credentials.create(body, nameOf(visitorOf(request)));
      note({ after: audited(created) });
      return presentOAuth2Credential(created);
    },

    async saveOAuth2Credential({ params: { name }, body, request, note }) {
      note({ before: audited(await stored(name)) });
      const saved = await oauth2Credentials.save(name, body, nameOf(visitorOf(request)));
      if (!saved) throw missing(name);
      note({ name, after: { ...audited(saved), ...(body.clientSecret === undefined ? {} : { replaced: 'the client secret' }) } });
      return presentOAuth2Credential(saved);
    },

    async deleteOAuth2Credential({ params: { name }, note }) {
      note({ name, before: audited(await stored(name)) });
      if (!(await oauth2Credentials.remove(name))) throw missing(name);
      return null;
    },

    async authorizeOAuth2Credential({ params: { name }, request }) {
      const url = await oauth2Credentials.authorize(name, visitorOf(request).sessionId, redirectUrl(request));
      if (url === undefined) throw missing(name);
      return { url };
    },

    async completeOAuth2Authorization({ body: { state, ...answer }, request }) {
      const visitor = visitorOf(request);
      return presentOAuth2Credential(await oauth2Credentials.complete(state, answer, visitor.sessionId, nameOf(visitor)));
    },
  };
}

/** What people decide about it, for the audit log. */
function audited(row: OAuth2CredentialRow | undefined) {
  if (!row) return undefined;
  const { clientId, user, scope, description, allowedHosts, sendAs, provider, tenant, authorizationUrl } = row;
  // Not by a name that says token, which the log leaves out.
  return { clientId, user, scope, description, allowedHosts, sendAs, provider, tenant, authorizationUrl, exchangeUrl: row.tokenUrl };
}

/**
 * Where the provider sends the browser back to. That is a navigation begun by another site, on which a `SameSite=Strict` cookie does
 * not travel: nobody is signed in here. So it only leads on to a page of ours, whose request carries the cookie and ends the
 * authorization. The code goes behind the "#", which leaves the browser neither in a request nor in a Referer.
 */
export const oauth2ReturnStreams: Pick<StreamHandlers, 'returnFromProvider'> = {
  async returnFromProvider({ query, response }) {
    const given = handedOver.flatMap((name) => {
      const value = query[name];
      return typeof value === 'string' ? [[name, value.slice(0, maxValueLength)]] : [];
    });
    response.redirect(303, `${page}#${new URLSearchParams(given).toString()}`);
  },
};
