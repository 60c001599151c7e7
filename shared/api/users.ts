import { z } from 'zod';
import { roles } from '../roles.ts';
import { longestInput, newPassword, sessionSchema } from './access.ts';
import { list, route, time } from './route.ts';

/** The people who may sign in, and what each of them does with the own account. */

const userId = z.string().max(100);
const name = z.string().trim().min(1).max(200);

const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  role: z.enum(roles),
  isDisabled: z.boolean(),
  /** Has not chosen a password yet, or was given a link to choose another one. */
  isInvited: z.boolean(),
  /** Until when the link works; null when there is none, or it has run out. */
  linkUntil: time.nullable(),
  /** After a hundred failed sign-ins in a row, until somebody unlocks the account. */
  isLocked: z.boolean(),
  /** No sign-in before, after some failed ones. */
  lockedUntil: time.nullable(),
  lastSignInAt: time.nullable(),
  createdAt: time,
  sessions: z.int(),
  tokens: z.int(),
});

export type UserView = z.output<typeof userSchema>;

/** Shown once. The one it is for opens it and chooses a password. */
const linkSchema = z.object({ link: z.string(), until: time });

export type WelcomeLink = z.output<typeof linkSchema>;

const sessionItemSchema = z.object({
  id: z.string(),
  /** The one that asks. */
  isThis: z.boolean(),
  /** As it describes itself: `Firefox on Linux`; empty when it says nothing. */
  browser: z.string(),
  /** From where it was begun; empty when that is not known. */
  address: z.string(),
  createdAt: time,
  lastSeenAt: time,
  /** When it ends if it is used; unused it ends after twelve hours. */
  expiresAt: time,
});

export type SessionItem = z.output<typeof sessionItemSchema>;

const byUserId = z.object({ id: userId });
const ended = z.object({ ended: z.int() });

export const userRoutes = {
  listUsers: route({ method: 'GET', path: '/users', summary: 'People who may sign in', may: 'administer', answer: list(userSchema) }),
  createUser: route({
    answersOnce: true,
    method: 'POST',
    path: '/users',
    summary: 'Invite a person; the link to choose a password is shown once',
    may: 'administer',
    body: z.object({ name, email: z.email().max(300), role: z.enum(roles) }),
    answer: linkSchema.extend({ user: userSchema }),
  }),
  saveUser: route({
    method: 'PUT',
    path: '/users/:id',
    summary: 'Change name or role of a person, or disable the account; takes effect at once',
    may: 'administer',
    params: byUserId,
    body: z.object({ name, role: z.enum(roles), isDisabled: z.boolean() }),
    answer: userSchema,
  }),
  deleteUser: route({
    method: 'DELETE',
    path: '/users/:id',
    summary: 'Delete a person, with sessions and API tokens',
    may: 'administer',
    params: byUserId,
  }),
  resetUser: route({
    answersOnce: true,
    method: 'POST',
    path: '/users/:id/reset',
    summary: 'Take the password and, unless told otherwise, the API tokens away, end the sessions and make a link to choose another one',
    may: 'administer',
    params: byUserId,
    body: z.object({ revokesTokens: z.boolean().default(true) }),
    answer: linkSchema,
  }),
  unlockUser: route({
    method: 'POST',
    path: '/users/:id/unlock',
    summary: 'Let a person try to sign in again after failed attempts',
    may: 'administer',
    params: byUserId,
    answer: userSchema,
  }),
  listUserSessions: route({
    method: 'GET',
    path: '/users/:id/sessions',
    summary: 'Where a person is signed in',
    may: 'administer',
    params: byUserId,
    answer: list(sessionItemSchema),
  }),
  endUserSession: route({
    method: 'DELETE',
    path: '/users/:id/sessions/:sessionId',
    summary: 'Sign a person out in one browser',
    may: 'administer',
    params: byUserId.extend({ sessionId: z.string().max(100) }),
  }),
  endUserSessions: route({
    method: 'POST',
    path: '/users/:id/sign-out',
    summary: 'Sign a person out everywhere',
    may: 'administer',
    params: byUserId,
    answer: ended,
  }),
  listSessions: route({
    method: 'GET',
    path: '/account/sessions',
    summary: 'Where you are signed in',
    may: 'see',
    answer: list(sessionItemSchema),
  }),
  endSession: route({
    method: 'DELETE',
    path: '/account/sessions/:id',
    summary: 'Sign out elsewhere',
    may: 'see',
    params: byUserId,
  }),
  endOtherSessions: route({
    method: 'POST',
    path: '/account/sessions/end-others',
    summary: 'Sign out everywhere but here',
    may: 'see',
    answer: ended,
  }),
  changePassword: route({
    method: 'PUT',
    path: '/account/password',
    summary: 'Change your own password; the other sessions end',
    may: 'see',
    body: z.object({ current: z.string().min(1).max(longestInput), next: newPassword }),
    answer: ended,
  }),
  readWelcome: route({
    audit: 'none',
    method: 'POST',
    path: '/welcome/read',
    summary: 'Whose link to choose a password this is',
    may: 'anyone',
    body: z.object({ token: z.string().max(200) }),
    answer: z.object({ name: z.string(), email: z.string() }),
  }),
  welcome: route({
    method: 'POST',
    path: '/welcome',
    summary: 'Choose a password with a link, and sign in',
    may: 'anyone',
    body: z.object({ token: z.string().max(200), password: newPassword }),
    answer: sessionSchema,
  }),
};
