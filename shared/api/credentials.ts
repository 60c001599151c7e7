import { z } from 'zod';
import { errorSchema } from '../errors/view.ts';
import { allowedHosts, credentialName, usedBy } from './artifacts.ts';
import { byName, list, route, time } from './route.ts';

/** User Credentials artifacts. */

const credentialSchema = z.object({
  name: z.string(),
  description: z.string(),
  user: z.string(),
  allowedHosts: z.array(z.string()),
  deployedAt: time,
  deployedBy: z.string(),
  state: z.enum(['Deployed', 'Refused', 'Error']),
  /** Why it is not Deployed. */
  error: errorSchema.nullable(),
  usedBy,
});

export type CredentialView = z.output<typeof credentialSchema>;

export const credentialsRoutes = {
  listCredentials: route({
    may: 'see',
    method: 'GET',
    path: '/credentials',
    summary: 'User Credentials artifacts, without secrets',
    answer: list(credentialSchema),
  }),
  createCredential: route({
    may: 'material-add',
    method: 'POST',
    path: '/credentials',
    summary: 'Create and deploy a User Credentials artifact',
    body: z.object({
      name: credentialName,
      description: z.string().max(2_000).default(''),
      user: z.string().min(1, 'must not be empty').max(300),
      password: z.string().min(1, 'must not be empty').max(1_000),
      allowedHosts,
    }),
    answer: credentialSchema,
  }),
  saveCredential: route({
    may: 'material',
    method: 'PUT',
    path: '/credentials/:name',
    summary: 'Change and redeploy; without password the old one stays',
    params: byName,
    body: z.object({
      description: z.string().max(2_000),
      user: z.string().min(1).max(300),
      password: z.string().min(1).max(1_000).optional(),
      allowedHosts,
    }),
    answer: credentialSchema,
  }),
  deleteCredential: route({
    may: 'material',
    method: 'DELETE',
    path: '/credentials/:name',
    summary: 'Delete an artifact that no deployed flow uses',
    params: byName,
  }),
};
