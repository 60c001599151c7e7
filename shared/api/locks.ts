import { z } from 'zod';
import { id, list, route, time } from './route.ts';

/** Who holds which mailbox. */

const lockSchema = z.object({
  /** host/user/folder, or `connection 1 of host/user`. */
  key: z.string(),
  /** `connection`: a place among the connections that an account may have; it goes with the lock on its mailbox. */
  kind: z.enum(['mailbox', 'connection']),
  /** Null where the channel was deleted. */
  channel: z.object({ id, name: z.string(), flowId: id, flowName: z.string() }).nullable(),
  holder: z.string(),
  /** Fencing token: grows with each change of holder. */
  token: z.string(),
  acquiredAt: time,
  expiresAt: time,
});

export type LockView = z.output<typeof lockSchema>;

const lockReleaseSchema = z.object({
  id,
  key: z.string(),
  holder: z.string(),
  token: z.string(),
  /** As they were called then; empty where they were not known. */
  flowName: z.string(),
  channelName: z.string(),
  acquiredAt: time,
  releasedAt: time,
  releasedBy: z.string(),
  reason: z.string(),
});

export type LockReleaseView = z.output<typeof lockReleaseSchema>;

export const locksRoutes = {
  listLocks: route({ may: 'see', method: 'GET', path: '/locks', summary: 'Who polls which mailbox', answer: list(lockSchema) }),
  releaseLock: route({
    may: 'operate',
    method: 'POST',
    path: '/locks/:token/release',
    summary: 'Take a lock away from its holder, whose poll ends',
    params: z.object({ token: z.string().regex(/^\d{1,18}$/, 'a number') }),
    body: z.object({ reason: z.string().trim().min(1, 'must not be empty').max(500) }),
    answer: lockReleaseSchema,
  }),
  listLockReleases: route({
    may: 'see',
    method: 'GET',
    path: '/lock-releases',
    summary: 'Locks that people have released, newest first: who, when, why',
    answer: list(lockReleaseSchema),
  }),
};
