import { z } from 'zod';
import { errorSchema } from '../errors/view.ts';
import { flowLogLevels } from '../log-levels.ts';
import { messageStatuses, runStepOutcomes } from '../status.ts';
import { anyOf, messageFilter, messageFilterFields } from './message-filter.ts';
import { byId, id, list, page, route, streamRoute, time } from './route.ts';

/** The message processing log. */

const messageSummarySchema = z.object({
  id,
  flowId: id,
  flowName: z.string(),
  version: z.int(),
  status: z.enum(messageStatuses),
  subject: z.string(),
  from: z.string(),
  /** Message-ID of the mail. */
  mailMessageId: z.string(),
  sizeBytes: z.int(),
  /** When intake was committed. */
  receivedAt: time,
  endedAt: time.nullable(),
  attempts: z.int(),
  nextAttemptAt: time.nullable(),
  /** Open, but its flow is not deployed: it goes on when the flow is deployed again. */
  isHeld: z.boolean(),
  error: errorSchema.nullable(),
});

export type MessageSummary = z.output<typeof messageSummarySchema>;

/** Steps without messages are left out. */
const messageChartSchema = z.object({
  from: time,
  to: time,
  stepHours: z.int(),
  steps: z.array(z.object({ at: time, counts: z.partialRecord(z.enum(messageStatuses), z.int()) })),
});

export type MessageChartView = z.output<typeof messageChartSchema>;

const runStepSchema = z.object({
  attempt: z.int(),
  /** Order within the attempt, from 0. */
  position: z.int(),
  nodeId: z.string(),
  name: z.string(),
  type: z.string(),
  outcome: z.enum(runStepOutcomes),
  startedAt: time,
  endedAt: time.nullable(),
  error: errorSchema.nullable(),
  /** What the step or receiver says it did, one line. */
  summary: z.string(),
  /** The Idempotency-Key that a receiver was handed; null for other steps. */
  idempotencyKey: z.string().nullable(),
  edgeId: z.string().nullable(),
  port: z.string().nullable(),
});

export type RunStepView = z.output<typeof runStepSchema>;

/**
 * Where a message runs from when a person runs it again: `start`, every receiver gets it once more; `failed`, only those that don't have it
 * yet; `step`, those from a step on once more, and elsewhere those that don't have it yet.
 */
const rerunFroms = ['start', 'failed', 'step'] as const;

/** On the version it ran with, or on the one that is deployed now (the last that was, where none is). */
const rerunVersions = ['same', 'newest'] as const;

const rerunSchema = z.object({
  /** The first attempt of this run. */
  attempt: z.int(),
  at: time,
  by: z.string(),
  from: z.enum(rerunFroms),
  /** Of the step, where it was run from one. */
  nodeId: z.string().nullable(),
  version: z.int(),
  /** The version of the attempts before. */
  previousVersion: z.int(),
});

export type RerunView = z.output<typeof rerunSchema>;

const messageSchema = messageSummarySchema.extend({
  nodeId: z.string(),
  to: z.string(),
  sentAt: z.string().nullable(),
  /** Behind another message of its channel (Processing Order: In Order). */
  isWaiting: z.boolean(),
  /** Its mail was marked unread again after it was done. */
  isUnreadAgain: z.boolean(),
  /** Runs that a person asked for, oldest first. */
  reruns: z.array(rerunSchema),
  /** The message of the same mail that a person had processed again, and the one that did. */
  repeatOf: id.nullable(),
  repeatedBy: id.nullable(),
  /** What the mail server still has to be told, and what it was told. */
  postProcessing: z.object({ action: z.string(), state: z.enum(['owed', 'done', 'none', 'failed']), error: errorSchema.nullable() }),
  steps: z.array(runStepSchema),
  /** Headers that the flow keeps for the log, by name. */
  custom: z.record(z.string(), z.string()),
  /** Attempts of which the log level of the flow has kept what the message was at each step. */
  payloads: z.array(z.object({ attempt: z.int(), level: z.enum(flowLogLevels), until: time })),
  /** Where its mail lay; null where that is not known any more. */
  origin: z
    .object({
      host: z.string(),
      user: z.string(),
      folder: z.string(),
      /** IMAP; null for POP3. */
      uidValidity: z.string().nullable(),
      /** IMAP: UID. POP3: UIDL. */
      uid: z.string(),
    })
    .nullable(),
});

export type MessageView = z.output<typeof messageSchema>;

const maxChartSteps = 1_000;

/** What one call about several messages may name, and how many of a filter it takes at once. */
export const maxMessagesAtOnce = 200;

/** A higher count is not looked for. */
export const maxCounted = 10_000;

/** Several messages: by id, or those that a filter lets through, newest first, a part at a time from `cursor` on. */
const severalMessages = z
  .object({
    ids: z.array(id).min(1).max(maxMessagesAtOnce).optional(),
    filter: messageFilter.optional(),
    cursor: z.string().max(200).optional(),
  })
  .refine(({ ids, filter }) => (ids === undefined) !== (filter === undefined), 'give either ids or a filter');

export const rerunWish = z
  .object({
    from: z.enum(rerunFroms).default('failed'),
    /** With `step`: the id of its node. */
    nodeId: z.string().min(1).max(100).optional(),
    version: z.enum(rerunVersions).default('same'),
  })
  .refine(({ from, nodeId }) => (from === 'step') === (nodeId !== undefined), { message: 'belongs to from: step', path: ['nodeId'] });

const severalAnswers = z.object({
  results: z.array(
    z.object({
      id,
      /** Why nothing was done; null where it was. */
      error: errorSchema.nullable(),
    }),
  ),
  /** For the next part of a filter; null at its end. */
  nextCursor: z.string().nullable(),
});

export type SeveralAnswers = z.output<typeof severalAnswers>;

/** CSV (RFC 4180) for spreadsheets, JSON for programs. */
export const exportFormats = ['csv', 'json'] as const;

export const messagesRoutes = {
  listMessages: route({
    may: 'see',
    method: 'GET',
    path: '/messages',
    summary: 'The message processing log, newest first',
    query: page.extend(messageFilterFields),
    answer: list(messageSummarySchema),
  }),
  listMessagesById: route({
    may: 'see',
    method: 'GET',
    path: '/messages/by-id',
    summary: 'Those of some messages that a filter lets through, newest first',
    query: messageFilter.extend({
      /** Separated by commas. */
      ids: anyOf(id, maxMessagesAtOnce),
    }),
    answer: z.object({ items: z.array(messageSummarySchema) }),
  }),
  countMessages: route({
    may: 'see',
    method: 'GET',
    path: '/messages/count',
    summary: 'How many messages a filter lets through',
    query: messageFilter,
    answer: z.object({ count: z.int(), isMore: z.boolean() }),
  }),
  getMessageChart: route({
    may: 'see',
    method: 'GET',
    path: '/messages/chart',
    summary: 'Messages received over time, by the status that they have now',
    query: z
      .object({
        /** Counts are kept per hour: the minutes of `from` are left out. */
        from: time,
        to: time,
        stepHours: z.coerce
          .number()
          .int()
          .min(1)
          .max(24 * 7),
        flowId: id.optional(),
      })
      .refine(({ from, to, stepHours }) => Date.parse(to) - Date.parse(from) <= maxChartSteps * stepHours * 60 * 60 * 1000, {
        message: `must be at most ${maxChartSteps} steps after from`,
        path: ['to'],
      }),
    answer: messageChartSchema,
  }),
  getMessage: route({
    may: 'see',
    method: 'GET',
    path: '/messages/:id',
    summary: 'One message with its steps, without what the mail holds',
    params: byId,
    answer: messageSchema,
  }),
  retryMessage: route({
    may: 'operate',
    method: 'POST',
    path: '/messages/:id/retry',
    summary: 'Run an ended message again, from its start or from the failed step',
    params: byId,
    body: rerunWish,
    answer: messageSummarySchema,
  }),
  retryMessages: route({
    may: 'operate',
    method: 'POST',
    path: '/messages/retry',
    summary: 'Run several ended messages again; each is answered for on its own',
    body: severalMessages.and(rerunWish),
    answer: severalAnswers,
  }),
  cancelMessages: route({
    may: 'operate',
    method: 'POST',
    path: '/messages/cancel',
    summary: 'End several messages that wait or run; each is answered for on its own',
    body: severalMessages,
    answer: severalAnswers,
  }),
  cancelMessage: route({
    may: 'operate',
    method: 'POST',
    path: '/messages/:id/cancel',
    summary: 'End a message that waits or runs',
    params: byId,
    answer: messageSummarySchema,
  }),
  processAgain: route({
    may: 'operate',
    method: 'POST',
    path: '/messages/:id/process-again',
    summary: 'A new message of a mail that was marked unread again after it was done',
    params: byId,
    answer: messageSummarySchema,
  }),
};

export const messagesStreams = {
  exportMessages: streamRoute({
    may: 'see',
    audit: 'view',
    rate: 'heavy',
    method: 'GET',
    path: '/exports/messages',
    summary: 'All messages that a filter lets through, newest first, as a file',
    query: messageFilter.extend({ format: z.enum(exportFormats) }),
    type: 'text/csv',
  }),
  getRawMail: streamRoute({
    may: 'payload',
    audit: 'view',
    method: 'GET',
    path: '/messages/:id/raw',
    summary: 'The mail as it was received',
    params: byId,
    type: 'message/rfc822',
  }),
  getAttachment: streamRoute({
    may: 'payload',
    audit: 'view',
    method: 'GET',
    path: '/messages/:id/attachments/:index',
    summary: 'One attachment of a mail',
    params: byId.extend({ index: z.coerce.number().int().min(0).max(100_000) }),
    type: 'application/octet-stream',
  }),
};
