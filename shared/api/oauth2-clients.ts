import { z } from 'zod';
import { errorSchema } from '../errors/view.ts';
import { clientSecretPlaces, whyNotEndpoint } from '../oauth2.ts';
import { allowedHosts, artifactDescription, credentialName, usedBy } from './artifacts.ts';
import { byName, list, route, time } from './route.ts';

/** OAuth2 Client Credentials artifacts. */

const oauth2ClientSchema = z.object({
  name: z.string(),
  description: z.string(),
  tokenUrl: z.string(),
  clientId: z.string(),
  hasClientSecret: z.boolean(),
  sendAs: z.enum(clientSecretPlaces),
  scope: z.string(),
  audience: z.string(),
  resource: z.string(),
  allowedHosts: z.array(z.string()),
  state: z.enum(['Deployed', 'Error']),
  /** Why it is not Deployed, or why the last request for a token failed. */
  error: errorSchema.nullable(),
  /** Until when the token at hand lasts; null while there is none. */
  accessTokenUntil: time.nullable(),
  deployedAt: time,
  deployedBy: z.string(),
  usedBy,
});

export type OAuth2ClientView = z.output<typeof oauth2ClientSchema>;

const settings = z.object({
  description: artifactDescription,
  tokenUrl: z
    .string()
    .trim()
    .max(2_000)
    .check(({ value, issues }) => {
      const reason = whyNotEndpoint(value);
      if (reason !== undefined) issues.push({ code: 'custom', message: reason, input: value });
    }),
  clientId: z.string().trim().min(1, 'must not be empty').max(500),
  sendAs: z.enum(clientSecretPlaces).default('body'),
  scope: z.string().trim().max(2_000).default(''),
  audience: z.string().trim().max(2_000).default(''),
  resource: z.string().trim().max(2_000).default(''),
  allowedHosts,
});
const clientSecret = z.string().min(1, 'must not be empty').max(2_000);

export const oauth2ClientRoutes = {
  listOAuth2Clients: route({
    may: 'see',
    method: 'GET',
    path: '/oauth2-clients',
    summary: 'OAuth2 Client Credentials artifacts, without secrets and tokens',
    answer: list(oauth2ClientSchema),
  }),
  createOAuth2Client: route({
    may: 'material-add',
    method: 'POST',
    path: '/oauth2-clients',
    summary: 'Create and deploy an OAuth2 Client Credentials artifact',
    body: settings.extend({ name: credentialName, clientSecret }),
    answer: oauth2ClientSchema,
  }),
  saveOAuth2Client: route({
    may: 'material',
    method: 'PUT',
    path: '/oauth2-clients/:name',
    summary: 'Change and redeploy; the next call of a receiver gets a token anew',
    params: byName,
    body: settings.extend({
      /** Left out: the present one stays. */
      clientSecret: clientSecret.optional(),
    }),
    answer: oauth2ClientSchema,
  }),
  deleteOAuth2Client: route({
    may: 'material',
    method: 'DELETE',
    path: '/oauth2-clients/:name',
    summary: 'Delete an artifact that no deployed flow uses',
    params: byName,
  }),
};
