import type { AuditView } from '../../shared/api/audit.ts';
import type { AuditRow } from '../ports/audit.ts';
import type { HttpParts } from './parts.ts';
import type { Handlers } from './route.ts';

export function auditRoutes({ audit }: Pick<HttpParts, 'audit'>): Pick<Handlers, 'listAudit'> {
  return {
    async listAudit({ query: { limit, cursor, from, to, ...filter } }) {
      const times = { from: from === undefined ? undefined : new Date(from), to: to === undefined ? undefined : new Date(to) };
      const { items, nextCursor } = await audit.list({ ...filter, ...times }, { limit, cursor });
      return { items: items.map(presentAudit), nextCursor };
    },
  };
}

function presentAudit({ id, at, endedAt, actor, address, requestId, action, subject, outcome, code, before, after }: AuditRow): AuditView {
  return {
    id,
    at: at.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    actor,
    address,
    requestId,
    action,
    subject,
    outcome,
    code,
    before: before ?? null,
    after: after ?? null,
  };
}
