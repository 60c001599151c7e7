import { z } from 'zod';
import { errorSchema } from '../errors/view.ts';
import { clientSecretPlaces, oauth2Presets, oauth2ProviderNames, whyNotEndpoint } from '../oauth2.ts';
import { oauth2States } from '../status.ts';
import { allowedHosts, credentialName, usedBy } from './artifacts.ts';
import { byName, list, route, streamRoute, time } from './route.ts';

/** OAuth2 Authorization Code artifacts. */

const oauth2CredentialSchema = z.object({
  name: z.string(),
  description: z.string(),
  provider: z.enum(oauth2ProviderNames),
  tenant: z.string(),
  /** Empty where the provider's own is used. */
  authorizationUrl: z.string(),
  tokenUrl: z.string(),
  clientId: z.string(),
  hasClientSecret: z.boolean(),
  sendAs: z.enum(clientSecretPlaces),
  user: z.string(),
  scope: z.string(),
  allowedHosts: z.array(z.string()),
  state: z.enum(oauth2States),
  /** Why it is not Deployed, or why the last try to refresh its token failed. */
  error: errorSchema.nullable(),
  authorizedAt: time.nullable(),
  authorizedBy: z.string().nullable(),
  accessTokenUntil: time.nullable(),
  /** Null where the provider does not tell. */
  refreshTokenUntil: time.nullable(),
  deployedAt: time,
  deployedBy: z.string(),
  usedBy,
});

export type OAuth2CredentialView = z.output<typeof oauth2CredentialSchema>;

const oauth2Settings = z.object({
  description: z.string().max(2_000).default(''),
  provider: z.enum(oauth2ProviderNames),
  tenant: z
    .string()
    .trim()
    .max(200)
    .regex(/^[A-Za-z0-9.-]*$/, 'letters, digits, "." and "-" only')
    .default(''),
  authorizationUrl: z.string().trim().max(2_000).default(''),
  tokenUrl: z.string().trim().max(2_000).default(''),
  clientId: z.string().trim().min(1, 'must not be empty').max(500),
  /** Left out: the present one stays. Empty: the client has none. */
  clientSecret: z.string().max(2_000).optional(),
  sendAs: z.enum(clientSecretPlaces).default('body'),
  user: z.string().trim().min(1, 'must not be empty').max(300),
  scope: z.string().trim().max(2_000).default(''),
  allowedHosts,
});

/** Addresses are typed only where the provider has no preset, and tokens must not travel readable. */
function checkEndpoints({ issues, value }: { issues: z.core.$ZodRawIssue[]; value: z.output<typeof oauth2Settings> }): void {
  const wrong = (path: string, message: string) => issues.push({ code: 'custom', path: [path], message, input: value });
  const preset = oauth2Presets[value.provider];
  if (preset.tokenUrl?.includes('{tenant}') && value.tenant === '') wrong('tenant', 'must not be empty');
  if (preset.tokenUrl !== undefined) return;
  for (const key of ['authorizationUrl', 'tokenUrl'] as const) {
    const reason = whyNotEndpoint(value[key]);
    if (reason !== undefined) wrong(key, reason);
  }
}

export const oauth2CredentialsRoutes = {
  listOAuth2Credentials: route({
    may: 'see',
    method: 'GET',
    path: '/oauth2-credentials',
    summary: 'OAuth2 Authorization Code artifacts, without secrets and tokens',
    answer: list(oauth2CredentialSchema).extend({
      /** To be registered at the provider. */
      redirectUrl: z.string(),
    }),
  }),
  createOAuth2Credential: route({
    may: 'material-add',
    method: 'POST',
    path: '/oauth2-credentials',
    summary: 'Create an OAuth2 Authorization Code artifact, which a person then authorizes',
    body: oauth2Settings.extend({ name: credentialName }).check(checkEndpoints),
    answer: oauth2CredentialSchema,
  }),
  saveOAuth2Credential: route({
    may: 'material',
    method: 'PUT',
    path: '/oauth2-credentials/:name',
    summary: 'Change and redeploy; another client, user or scope has to be authorized again',
    params: byName,
    body: oauth2Settings.check(checkEndpoints),
    answer: oauth2CredentialSchema,
  }),
  deleteOAuth2Credential: route({
    may: 'material',
    method: 'DELETE',
    path: '/oauth2-credentials/:name',
    summary: 'Delete an artifact that no deployed flow uses',
    params: byName,
  }),
  authorizeOAuth2Credential: route({
    may: 'material',
    method: 'POST',
    path: '/oauth2-credentials/:name/authorize',
    summary: 'Begin an authorization: where to send the browser',
    params: byName,
    answer: z.object({ url: z.string() }),
  }),
  completeOAuth2Authorization: route({
    may: 'material',
    method: 'POST',
    path: '/oauth2/complete',
    summary: 'Finish an authorization with what the provider handed to the redirect URL',
    body: z.object({
      state: z.string().min(1).max(200),
      code: z.string().max(8_000).optional(),
      iss: z.string().max(2_000).optional(),
      error: z.string().max(200).optional(),
      errorDescription: z.string().max(2_000).optional(),
    }),
    answer: oauth2CredentialSchema,
  }),
};

export const oauth2Streams = {
  returnFromProvider: streamRoute({
    may: 'anyone',
    method: 'GET',
    path: '/oauth2/callback',
    summary: 'Where OAuth2 providers send the browser back to; leads on to a page',
    query: z.record(z.string(), z.unknown()),
    type: 'text/html',
  }),
};
