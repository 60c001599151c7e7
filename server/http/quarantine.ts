import { FlowError } from '../../shared/errors.ts';
import type { HttpParts } from './parts.ts';
import { presentQuarantined } from './present.ts';
import type { Handlers } from './route.ts';

export function quarantineRoutes({
  quarantine,
  events,
}: HttpParts): Pick<Handlers, 'listQuarantine' | 'releaseQuarantined' | 'discardQuarantined' | 'settleQuarantined'> {
  async function settle(id: string, act: (id: string) => Promise<boolean>) {
    if (!(await act(id))) throw new FlowError('NOT_FOUND', { what: 'mail in quarantine', id });
    events.publish({ kind: 'quarantine', id });
    return null;
  }

  return {
    listQuarantine: async () => ({ items: (await quarantine.list()).map(presentQuarantined), nextCursor: null }),
    releaseQuarantined: ({ params }) => settle(params.id, (id) => quarantine.release(id)),
    discardQuarantined: ({ params }) => settle(params.id, (id) => quarantine.discard(id)),

    async settleQuarantined({ body: { ids, action }, note }) {
      note({ after: { ids, action } });
      const settled: string[] = [];
      // Each for itself, so that one that can't be settled does not keep the others.
      for (const id of new Set(ids)) {
        if (!(await quarantine[action](id))) continue;
        settled.push(id);
        events.publish({ kind: 'quarantine', id });
      }
      return { settled, missed: ids.filter((id) => !settled.includes(id)) };
    },
  };
}
