import { z } from 'zod';
import { errorSchema } from '../errors/view.ts';
import { byId, id, list, route, streamRoute, time } from './route.ts';

/** Mails set aside. */

const quarantineSchema = z.object({
  id,
  flowId: id,
  flowName: z.string(),
  messageId: id.nullable(),
  reason: errorSchema,
  subject: z.string(),
  from: z.string(),
  sizeBytes: z.int(),
  /** The date of the mail, where it is known. */
  sentAt: z.string().nullable(),
  since: time,
  /** Whether the raw bytes are here; otherwise the mail is still on the server only. */
  hasRaw: z.boolean(),
});

export type QuarantineView = z.output<typeof quarantineSchema>;

export const quarantineRoutes = {
  listQuarantine: route({ may: 'see', method: 'GET', path: '/quarantine', summary: 'Mails set aside', answer: list(quarantineSchema) }),
  releaseQuarantined: route({ may: 'operate', method: 'POST', path: '/quarantine/:id/release', summary: 'Try a mail again', params: byId }),
  discardQuarantined: route({
    may: 'operate',
    method: 'POST',
    path: '/quarantine/:id/discard',
    summary: 'Leave a mail out for good',
    params: byId,
  }),
  settleQuarantined: route({
    may: 'operate',
    method: 'POST',
    path: '/quarantine/settle',
    summary: 'Try several mails again, or leave them out for good',
    body: z.object({ ids: z.array(id).min(1).max(500), action: z.enum(['release', 'discard']) }),
    /** `missed`: another person was faster, or the flow is gone. */
    answer: z.object({ settled: z.array(id), missed: z.array(id) }),
  }),
};

export const quarantineStreams = {
  getQuarantinedMail: streamRoute({
    may: 'payload',
    audit: 'view',
    method: 'GET',
    path: '/quarantine/:id/raw',
    summary: 'The mail set aside, as it was received',
    params: byId,
    type: 'message/rfc822',
  }),
};
