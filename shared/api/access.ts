import { z } from 'zod';
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
  user: z.object({ id: z.string(), name: z.string(), email: z.string() }).nullable(),
  version: z.string(),
});

export type SessionView = z.output<typeof sessionSchema>;

export const accessRoutes = {
  getSession: route({
    method: 'GET',
    path: '/session',
    summary: 'Who is signed in, and whether an administrator exists',
    isPublic: true,
    answer: sessionSchema,
  }),
  setUp: route({
    method: 'POST',
    path: '/set-up',
    summary: 'Create the first administrator',
    isPublic: true,
    body: z.object({
      token: z.string().max(200),
      name: z.string().trim().min(1).max(200),
      email: z.email().max(300),
      password: z.string().min(10, 'at least 10 characters').max(200),
    }),
    answer: sessionSchema,
  }),
  signIn: route({
    method: 'POST',
    path: '/sign-in',
    summary: 'Start a session',
    isPublic: true,
    body: z.object({ email: z.email().max(300), password: z.string().min(1).max(200) }),
    answer: sessionSchema,
  }),
  signOut: route({ method: 'POST', path: '/sign-out', summary: 'End the session', answer: sessionSchema }),
  listTokens: route({ method: 'GET', path: '/tokens', summary: 'API tokens, without their secret', answer: list(tokenSchema) }),
  createToken: route({
    method: 'POST',
    path: '/tokens',
    summary: 'Create an API token; its value is shown once',
    body: z.object({ name: z.string().trim().min(1).max(100) }),
    answer: tokenSchema.extend({ token: z.string() }),
  }),
  deleteToken: route({
    method: 'DELETE',
    path: '/tokens/:id',
    summary: 'Revoke an API token',
    params: z.object({ id: z.string().max(200) }),
  }),
};
