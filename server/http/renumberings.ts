import { FlowError } from '../../shared/errors.ts';
import type { RenumberingView } from '../../shared/api/renumberings.ts';
import type { RenumberingRow } from '../ports/renumberings.ts';
import type { HttpParts } from './parts.ts';
import type { Handlers } from './route.ts';

const maxShown = 100;
/** One after the other, each in a transaction of its own: more are settled by the next call. */
const settledAtOnce = 500;

export function renumberingRoutes({
  renumberings,
  quarantine,
  deployments,
  events,
}: HttpParts): Pick<Handlers, 'listRenumberings' | 'settleHeld'> {
  return {
    listRenumberings: async () => ({ items: (await renumberings.list(maxShown)).map(presentRenumbering), nextCursor: null }),

    async settleHeld({ params: { id }, body: { decision }, note }) {
      const { ids, count } = await renumberings.held(id, settledAtOnce);
      if (count === 0) throw new FlowError('NOT_FOUND', { what: 'held mail in channel', id });
      const channel = (await deployments.channels()).find((one) => one.id === id);
      note({ name: channel?.name, flowId: channel?.flowId, after: { decision, mails: ids.length } });
      const act = decision === 'same' ? 'discard' : 'release';
      let settled = 0;
      // Each for itself, so that one that can't be settled does not keep the others.
      for (const mail of ids) {
        if (!(await quarantine[act](mail))) continue;
        settled += 1;
        events.publish({ kind: 'quarantine', id: mail });
      }
      return { settled, missed: ids.length - settled, left: count - ids.length };
    },
  };
}

function presentRenumbering(row: RenumberingRow): RenumberingView {
  const { channelId, channelName, flowId, flowName, mailbox, numbering, previous, at, recognised, taken, held, heldMails } = row;
  return {
    id: channelId,
    channelName,
    flowId,
    flowName,
    mailbox,
    numbering,
    previous: previous && { mailbox: previous.mailbox, numbering: previous.numbering },
    at: at.toISOString(),
    recognised,
    taken,
    held,
    heldMails: heldMails.map(({ id, subject, from, sentAt }) => ({ id, subject, from, sentAt })),
  };
}
