import { z } from 'zod';
import { errorSchema } from '../errors/view.ts';
import { allowedHosts, artifactDescription, credentialName, usedBy } from './artifacts.ts';
import { byName, list, route, time } from './route.ts';

/** Secure Parameters: one secret value each, such as the key of an API. */

const secureParameterSchema = z.object({
  name: z.string(),
  description: z.string(),
  allowedHosts: z.array(z.string()),
  state: z.enum(['Deployed', 'Refused', 'Error']),
  /** Why it is not Deployed. */
  error: errorSchema.nullable(),
  deployedAt: time,
  deployedBy: z.string(),
  usedBy,
});

export type SecureParameterView = z.output<typeof secureParameterSchema>;

/** It goes into a header, which takes no other characters (RFC 9110, section 5.5). */
const secret = z
  .string()
  .min(1, 'must not be empty')
  .max(4_000)
  .regex(/^[\x21-\x7E]([\x20-\x7E]*[\x21-\x7E])?$/, 'printable ASCII without blanks at its ends only');

export const secureParametersRoutes = {
  listSecureParameters: route({
    may: 'see',
    method: 'GET',
    path: '/secure-parameters',
    summary: 'Secure Parameters, without their values',
    answer: list(secureParameterSchema),
  }),
  createSecureParameter: route({
    may: 'material-add',
    method: 'POST',
    path: '/secure-parameters',
    summary: 'Create and deploy a Secure Parameter',
    body: z.object({ name: credentialName, description: artifactDescription, secret, allowedHosts }),
    answer: secureParameterSchema,
  }),
  saveSecureParameter: route({
    may: 'material',
    method: 'PUT',
    path: '/secure-parameters/:name',
    summary: 'Change and redeploy; without a value the old one stays',
    params: byName,
    body: z.object({ description: z.string().max(2_000), secret: secret.optional(), allowedHosts }),
    answer: secureParameterSchema,
  }),
  deleteSecureParameter: route({
    may: 'material',
    method: 'DELETE',
    path: '/secure-parameters/:name',
    summary: 'Delete a Secure Parameter that no deployed flow uses',
    params: byName,
  }),
};
