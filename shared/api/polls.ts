import { z } from 'zod';
import { errorSchema } from '../errors/view.ts';
import { pollResults } from '../status.ts';
import { byId, id, list, page, route, time } from './route.ts';

/** Polls, and why none takes mails in. */

export const pollSchema = z.object({
  id,
  flowId: id,
  nodeId: z.string(),
  startedAt: time,
  endedAt: time.nullable(),
  result: z.enum(pollResults),
  /** Mails the server listed, those of them known already, taken in now, and set aside. */
  listed: z.int(),
  known: z.int(),
  taken: z.int(),
  quarantined: z.int(),
  /** Mails marked, moved or deleted on the server during this poll. */
  postProcessed: z.int(),
  /** Mails that a person read before they were taken, and mails that were marked unread again after they were done. */
  readElsewhere: z.int(),
  unreadAgain: z.int(),
  /** Left out: by Search, and because they were there before the start (Start With). */
  skippedBySearch: z.int(),
  beforeStart: z.int(),
  bytes: z.int(),
  error: errorSchema.nullable(),
  /** What else people should know: renumbered mails, a capability the server lacks. */
  notes: z.array(z.string()),
  worker: z.string(),
});

export type PollView = z.output<typeof pollSchema>;

const pollSumsSchema = z.object({
  polls: z.partialRecord(z.enum(pollResults), z.int()),
  taken: z.int(),
  quarantined: z.int(),
  postProcessed: z.int(),
  bytes: z.int(),
  /** Of those that have ended, in ms; null where none has. */
  longestMs: z.int().nullable(),
});

export type PollSumsView = z.output<typeof pollSumsSchema>;

const intakePauseSchema = z.object({
  /** Null: all flows. */
  flowId: id.nullable(),
  /** Null: all workers. A disk without space stops those that keep their mails on it. */
  worker: z.string().nullable(),
  reason: errorSchema,
  since: time,
});

export type IntakePauseView = z.output<typeof intakePauseSchema>;

export const pollsRoutes = {
  listPolls: route({
    may: 'see',
    method: 'GET',
    path: '/polls',
    summary: 'Polls, newest first',
    query: page.extend({
      flowId: id.optional(),
      channelId: id.optional(),
      result: z.enum(pollResults).optional(),
      /** Only those that began then or later. */
      from: time.optional(),
    }),
    answer: list(pollSchema),
  }),
  getPollSums: route({
    may: 'see',
    method: 'GET',
    path: '/channels/:id/poll-sums',
    summary: 'What the polls of a channel came to since a moment',
    params: byId,
    query: z.object({ from: time }),
    answer: pollSumsSchema,
  }),
  listIntakePauses: route({
    may: 'see',
    method: 'GET',
    path: '/intake-pauses',
    summary: 'Why no mails are taken in for now, of all flows or of one; empty when nothing stops intake',
    answer: list(intakePauseSchema),
  }),
  takeRead: route({
    may: 'operate',
    method: 'POST',
    path: '/channels/:id/take-read',
    summary: 'Take the mails in that a person read before a poll could take them',
    params: byId,
    answer: z.object({ count: z.int() }),
  }),
};
