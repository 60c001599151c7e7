import type { BulkView } from '../../shared/api/bulks.ts';
import { isOfQuarantine } from '../../shared/bulk-kinds.ts';
import type { MessageFilterView } from '../../shared/api/message-filter.ts';
import { maxCounted } from '../../shared/api/messages.ts';
import { FlowError } from '../../shared/errors.ts';
import type { BulkRow } from '../ports/bulks.ts';
import { filterOf } from '../ports/message-filter.ts';
import { auditedFilter } from './messages.ts';
import type { HttpParts } from './parts.ts';
import type { Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

export function bulkRoutes({
  bulks,
  messages,
  quarantine,
  events,
  clock,
}: HttpParts): Pick<Handlers, 'createBulk' | 'listBulks' | 'getBulk' | 'stopBulk'> {
  return {
    async createBulk({ body: { kind, wish, ids, filter = {} }, request, note }) {
      const all = async () => (isOfQuarantine(kind) ? quarantine.count() : messages.count(filterOf(filter), maxCounted + 1));
      const counted = ids ? new Set(ids).size : await all();
      const bulk = await bulks.create({
        kind,
        wish: kind === 'retry' ? (wish ?? { from: 'failed', version: 'same' }) : null,
        by: nameOf(visitorOf(request)),
        which: ids ? { ids: [...new Set(ids)] } : { filter: filterText(filter, clock.now()) },
        total: counted > maxCounted ? null : counted,
      });
      note({ id: bulk.id, name: kind, after: { ...(ids ? {} : { filter: auditedFilter(filter) }), total: bulk.total, wish: bulk.wish } });
      events.publish({ kind: 'bulk', id: bulk.id });
      return presentBulk(bulk);
    },

    async listBulks({ query }) {
      const { items, nextCursor } = await bulks.list(query);
      return { items: items.map(presentBulk), nextCursor };
    },

    async getBulk({ params: { id } }) {
      return presentBulk(existing(await bulks.get(id), id));
    },

    async stopBulk({ params: { id } }) {
      const stopped = await bulks.stop(id);
      if (!stopped) {
        existing(await bulks.get(id), id);
        throw new FlowError('BULK_ENDED', {});
      }
      events.publish({ kind: 'bulk', id });
      return presentBulk(stopped);
    },
  };
}

/** @throws NOT_FOUND */
function existing(bulk: BulkRow | undefined, id: string): BulkRow {
  if (!bulk) throw new FlowError('NOT_FOUND', { what: 'bulk action', id });
  return bulk;
}

/** In the words of the list's query, without what comes in from now on. */
function filterText({ flowId, status, to, ...filter }: MessageFilterView, now: Date): Record<string, string> {
  const end = to !== undefined && Date.parse(to) < now.getTime() ? to : now.toISOString();
  const values = { ...filter, flowId: flowId?.join(','), status: status?.join(','), to: end };
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
}

function presentBulk({ at, endedAt, reasons, ...bulk }: BulkRow): BulkView {
  return {
    ...bulk,
    at: at.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    reasons: Object.entries(reasons)
      .map(([code, reason]) => ({ code, ...reason }))
      .sort((a, b) => b.count - a.count),
  };
}
