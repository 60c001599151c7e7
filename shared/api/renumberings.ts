import { z } from 'zod';
import { byId, id, list, route, time } from './route.ts';

/** Mailboxes whose server has numbered its mails anew, and mails that are held for a decision since. */

const heldMailSchema = z.object({ id, subject: z.string(), from: z.string(), sentAt: z.string().nullable() });

const renumberingSchema = z.object({
  /** Of the channel: what is decided is decided for all mails of it that are held. */
  id,
  channelName: z.string(),
  flowId: id,
  flowName: z.string(),
  /** host/user/folder */
  mailbox: z.string(),
  /** UIDVALIDITY, or for POP3 the count of renumberings; that before it, null where it is not known any more. */
  numbering: z.string(),
  previous: z.object({ mailbox: z.string(), numbering: z.string() }).nullable(),
  at: time,
  /** Mails recognised by their content, taken as new ones, and held; each counted up to 10,000. */
  recognised: z.int(),
  taken: z.int(),
  held: z.int(),
  /** Up to ten of those that are held. */
  heldMails: z.array(heldMailSchema),
});

export type RenumberingView = z.output<typeof renumberingSchema>;

export const heldDecisions = ['same', 'new'] as const;
export type HeldDecision = (typeof heldDecisions)[number];

export const renumberingsRoutes = {
  listRenumberings: route({
    may: 'see',
    method: 'GET',
    path: '/renumberings',
    summary: 'Mailboxes that were numbered anew: those with held mails first, then the newest; 100 at most',
    answer: list(renumberingSchema),
  }),
  settleHeld: route({
    may: 'operate',
    method: 'POST',
    path: '/channels/:id/settle-held',
    summary: 'Decide on all mails of a channel that are held after a renumbering: they are the same as before, or new',
    params: byId,
    body: z.object({ decision: z.enum(heldDecisions) }),
    /** `missed`: another person was faster, or the mail can't be run again. `left`: more are held than one call settles. */
    answer: z.object({ settled: z.int(), missed: z.int(), left: z.int() }),
  }),
};
