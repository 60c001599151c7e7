import { z } from 'zod';
import { roles } from '../roles.ts';
import { auditOutcomes } from '../status.ts';
import { id, list, page, route, time } from './route.ts';

/** Who did or looked at what. */

const auditSchema = z.object({
  id,
  at: time,
  endedAt: time.nullable(),
  actor: z.object({
    /** `anyone` was not signed in, `command` worked on the command line of the server. */
    kind: z.enum(['session', 'token', 'anyone', 'command']),
    id: z.string(),
    name: z.string(),
    role: z.enum(roles).nullable(),
  }),
  address: z.string(),
  requestId: z.string(),
  /** Name of the route or command. */
  action: z.string(),
  subject: z.object({ kind: z.string(), id: z.string(), name: z.string(), flowId: id.nullable() }),
  outcome: z.enum(auditOutcomes),
  /** Of the error it was refused with. */
  code: z.string().nullable(),
  /** What was before and after a change, without secrets; null where it is not kept. */
  before: z.unknown(),
  after: z.unknown(),
});

export type AuditView = z.output<typeof auditSchema>;

const text = z.string().trim().min(1).max(200).optional();

export const auditRoutes = {
  listAudit: route({
    may: 'administer',
    method: 'GET',
    path: '/audit',
    summary: 'The audit log, newest first',
    query: page.extend({
      from: time.optional(),
      to: time.optional(),
      /** Part of the name. */
      actor: text,
      action: text,
      subjectKind: text,
      /** Part of the id or name. */
      subject: text,
      flowId: id.optional(),
      outcome: z.enum(auditOutcomes).optional(),
    }),
    answer: list(auditSchema),
  }),
};
