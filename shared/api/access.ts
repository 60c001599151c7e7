import { z } from 'zod';
import { permissions, roles } from '../roles.ts';
import { list, route, time } from './route.ts';

/** Who may use the API: sessions and tokens. */

const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  start: z.string(),
  createdAt: time,
  lastUsedAt: time.nullable(),
  expiresAt: time.nullable(),
});

export type TokenView = z.output<typeof tokenSchema>;

const sessionSchema = z.object({
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
      password: z.string().min(10, 'at least 10 characters').max(200),
    }),
    answer: sessionSchema,
  }),
  signIn: route({
    may: 'anyone',
    method: 'POST',
    path: '/sign-in',
    summary: 'Start a session',
    body: z.object({ email: z.email().max(300), password: z.string().min(1).max(200) }),
    answer: sessionSchema,
  }),
  signOut: route({ may: 'see', method: 'POST', path: '/sign-out', summary: 'End the session', answer: sessionSchema }),
  listTokens: route({ may: 'see', method: 'GET', path: '/tokens', summary: 'API tokens, without their secret', answer: list(tokenSchema) }),
  createToken: route({
    answersOnce: true,
    may: 'see',
    method: 'POST',
    path: '/tokens',
    summary: 'Create an API token; its value is shown once',
    body: z.object({ name: z.string().trim().min(1).max(100) }),
    answer: tokenSchema.extend({ token: z.string() }),
  }),
  deleteToken: route({
    may: 'see',
    method: 'DELETE',
    path: '/tokens/:id',
    summary: 'Revoke an API token',
    params: z.object({ id: z.string().max(200) }),
  }),
};
