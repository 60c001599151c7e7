import { FlowError } from '../../shared/errors.ts';
import type { HttpParts } from './parts.ts';
import { presentQuarantined } from './present.ts';
import type { Handlers } from './route.ts';

export function quarantineRoutes({
  quarantine,
  events,
}: HttpParts): Pick<Handlers, 'listQuarantine' | 'releaseQuarantined' | 'discardQuarantined'> {
  async function settle(id: string, act: (id: string) => Promise<boolean>) {
    if (!(await act(id))) throw new FlowError('NOT_FOUND', { what: 'mail in quarantine', id });
    events.publish({ kind: 'quarantine', id });
    return null;
  }

  return {
    async listQuarantine() {
      const [items, total] = await Promise.all([quarantine.list(), quarantine.count()]);
      return { items: items.map(presentQuarantined), nextCursor: null, total };
    },
    releaseQuarantined: ({ params }) => settle(params.id, (id) => quarantine.release(id)),
    discardQuarantined: ({ params }) => settle(params.id, (id) => quarantine.discard(id)),
  };
}
