import { FlowError } from '../../shared/errors.ts';
import type { HttpParts } from './parts.ts';
import { presentLock, presentLockRelease } from './present.ts';
import type { Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

export function lockRoutes({ locks, lockReleases, events }: HttpParts): Pick<Handlers, 'listLocks' | 'releaseLock' | 'listLockReleases'> {
  return {
    listLocks: async () => ({ items: (await locks.list()).map(presentLock), nextCursor: null }),

    async releaseLock({ params, body, request, note }) {
      const release = await lockReleases.release(BigInt(params.token), nameOf(visitorOf(request)), body.reason);
      if (!release) throw new FlowError('LOCK_NOT_HELD', {});
      note({ name: release.channelName, before: { holder: release.holder }, after: { reason: body.reason } });
      // The holder looks at once instead of at its next renewal.
      events.publish({ kind: 'deployment', id: release.id });
      return presentLockRelease(release);
    },

    listLockReleases: async () => ({ items: (await lockReleases.list()).map(presentLockRelease), nextCursor: null }),
  };
}
