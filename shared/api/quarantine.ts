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
  listQuarantine: route({
    may: 'see',
    method: 'GET',
    path: '/quarantine',
    summary: 'Mails set aside, the newest 500',
    answer: list(quarantineSchema).extend({
      /** Those that are not listed included. */
      total: z.int(),
    }),
  }),
  releaseQuarantined: route({ may: 'operate', method: 'POST', path: '/quarantine/:id/release', summary: 'Try a mail again', params: byId }),
  discardQuarantined: route({
    may: 'operate',
    method: 'POST',
    path: '/quarantine/:id/discard',
    summary: 'Leave a mail out for good',
    params: byId,
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
