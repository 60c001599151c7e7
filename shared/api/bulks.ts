import { z } from 'zod';
import { bulkKinds, isOfQuarantine } from '../bulk-kinds.ts';
import { messageFilter, type MessageFilterText } from './message-filter.ts';
import { rerunWish } from './messages.ts';
import { byId, id, list, page, route, time } from './route.ts';

/** One thing done to many messages, or to many mails in quarantine, by the workers: it goes on whatever becomes of the page that asked for it. */

export const bulkStates = ['running', 'done', 'stopped'] as const;

/** Of one bulk action; a filter has no such limit. */
export const maxBulkIds = 10_000;

const bulkSchema = z.object({
  id,
  kind: z.enum(bulkKinds),
  /** How messages run again; null for other kinds. */
  wish: rerunWish.nullable(),
  by: z.string(),
  at: time,
  endedAt: time.nullable(),
  /** Which messages, in the words of the list's query, or all of the quarantine; null where they were named one by one. */
  filter: z.record(z.string(), z.string()).nullable(),
  /** Null where there are more than is counted. */
  total: z.int().nullable(),
  done: z.int(),
  refused: z.int(),
  /** Why some stayed as they are, the most frequent first. */
  reasons: z.array(z.object({ code: z.string(), text: z.string(), count: z.int() })),
  state: z.enum(bulkStates),
});

export type BulkView = z.output<typeof bulkSchema>;

/** Newest first, each once. What comes in after it was asked for is no part of it. */
const bulkWish = z
  .object({
    kind: z.enum(bulkKinds),
    wish: rerunWish.optional(),
    ids: z.array(id).min(1).max(maxBulkIds).optional(),
    filter: messageFilter.optional(),
  })
  .refine(({ ids, filter }) => (ids === undefined) !== (filter === undefined), 'give either ids or a filter')
  .refine(
    ({ kind, filter }) => !isOfQuarantine(kind) || filter === undefined || Object.values(filter).every((value) => value === undefined),
    {
      message: 'must be empty: of the quarantine it means all',
      path: ['filter'],
    },
  );

export type BulkWish = { ids: string[] } | { filter: MessageFilterText };

export const bulksRoutes = {
  createBulk: route({
    may: 'operate',
    method: 'POST',
    path: '/bulks',
    summary: 'Run many messages again or cancel them; release or discard many mails in quarantine',
    body: bulkWish,
    answer: bulkSchema,
  }),
  listBulks: route({
    may: 'see',
    method: 'GET',
    path: '/bulks',
    summary: 'What was done to many messages or mails at once, newest first',
    query: page,
    answer: list(bulkSchema),
  }),
  getBulk: route({ may: 'see', method: 'GET', path: '/bulks/:id', summary: 'How far a bulk action is', params: byId, answer: bulkSchema }),
  stopBulk: route({
    may: 'operate',
    method: 'POST',
    path: '/bulks/:id/stop',
    summary: 'Leave what a bulk action has not reached yet as it is',
    params: byId,
    answer: bulkSchema,
  }),
};
