import { z } from 'zod';
import { passwordLength } from '../passwords.ts';
import { permissions, roles } from '../roles.ts';
import { list, route, time } from './route.ts';

/** Who may use the API: sessions and tokens. */

/** In code units before normalization; `checkPassword` says the rest. */
export const longestInput = 10 * passwordLength.most;
export const newPassword = z.string().max(longestInput);

const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  start: z.string(),
  /** What it may do at most; not more than its owner may. */
  role: z.enum(roles),
  /** Whose it is; null for that of the environment, and for those from before people had roles. */
  owner: z.object({ id: z.string(), name: z.string() }).nullable(),
  createdAt: time,
  lastUsedAt: time.nullable(),
  expiresAt: time.nullable(),
  isExpired: z.boolean(),
});

export type TokenView = z.output<typeof tokenSchema>;

export const sessionSchema = z.object({
  /** No administrator exists yet: the set-up page comes first. */
  isSetUpNeeded: z.boolean(),
  user: z
    .object({ id: z.string(), name: z.string(), email: z.string(), role: z.enum(roles), may: z.array(z.enum(permissions)) })
    .nullable(),
  version: z.string(),
});

export type SessionView = z.output<typeof sessionSchema>;

export const accessRoutes = {
  getSession: route({
    may: 'anyone',
    method: 'GET',
    path: '/session',
    summary: 'Who is signed in, and whether an administrator exists',
    answer: sessionSchema,
  }),
  setUp: route({
    may: 'anyone',
    method: 'POST',
    path: '/set-up',
    summary: 'Create the first administrator',
    body: z.object({
      token: z.string().max(200),
      name: z.string().trim().min(1).max(200),
      email: z.email().max(300),
      password: newPassword,
    }),
    answer: sessionSchema,
  }),
  signIn: route({
    may: 'anyone',
    method: 'POST',
    path: '/sign-in',
    summary: 'Start a session',
    body: z.object({ email: z.email().max(300), password: z.string().min(1).max(longestInput) }),
    answer: sessionSchema,
  }),
  signOut: route({ may: 'see', method: 'POST', path: '/sign-out', summary: 'End the session', answer: sessionSchema }),
  listTokens: route({
    may: 'see',
    method: 'GET',
    path: '/tokens',
    summary: 'Your API tokens, without their secret; those of everybody for an administrator',
    answer: list(tokenSchema),
  }),
  createToken: route({
    answersOnce: true,
    may: 'see',
    method: 'POST',
    path: '/tokens',
    summary: 'Create an API token with a role within your own, for 90 days or up to a year; its value is shown once',
    body: z.object({ name: z.string().trim().min(1).max(100), role: z.enum(roles).optional(), expiresAt: time.optional() }),
    answer: tokenSchema.extend({ token: z.string() }),
  }),
  deleteToken: route({
    may: 'see',
    method: 'DELETE',
    path: '/tokens/:id',
    summary: 'Revoke an API token of yours; any for an administrator',
    params: z.object({ id: z.string().max(200) }),
  }),
};
