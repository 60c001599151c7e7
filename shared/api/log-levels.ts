import { z } from 'zod';
import { flowLogLevels, logLevelTable } from '../log-levels.ts';
import { byId, route, time } from './route.ts';
import { snapshotSchema } from './simulations.ts';

/** The log level of a flow, and what it has kept of messages. */

const level = z.enum(flowLogLevels);

const logLevelSchema = z.object({
  level,
  /** Info again from then on; null for Info. */
  until: time.nullable(),
  setBy: z.string().nullable(),
});

export type LogLevelView = z.output<typeof logLevelSchema>;

const payloadSchema = z.object({
  /** Of the step, in its attempt. */
  position: z.int(),
  /** `position` of the step that the message came from; null for the sender. */
  from: z.int().nullable(),
  /** As it left the step; null where it did not leave. Parts that are those it came with are left out. */
  message: snapshotSchema.partial().nullable(),
});

export type PayloadView = z.output<typeof payloadSchema>;

const levelBody = z
  .object({ level, minutes: z.int().min(1).optional() })
  .refine(({ level: wanted, minutes = 0 }) => wanted === 'info' || minutes <= logLevelTable[wanted].maxMinutes, {
    message: `must be at most ${logLevelTable.debug.maxMinutes} for Debug and ${logLevelTable.trace.maxMinutes} for Trace`,
    path: ['minutes'],
  });

export const logLevelRoutes = {
  getLogLevel: route({
    may: 'see',
    method: 'GET',
    path: '/flows/:id/log-level',
    summary: 'How much is kept of the messages of a flow, and until when',
    params: byId,
    answer: logLevelSchema,
  }),
  setLogLevel: route({
    may: 'trace',
    method: 'PUT',
    path: '/flows/:id/log-level',
    summary: 'Keep more of the messages of a deployed flow for a while, or no longer',
    params: byId,
    body: levelBody,
    answer: logLevelSchema,
  }),
  getMessagePayloads: route({
    may: 'payload',
    audit: 'view',
    method: 'GET',
    path: '/messages/:id/payloads',
    summary: 'What a message was at each step of an attempt, as the log level of its flow has kept it',
    params: byId,
    query: z.object({ attempt: z.coerce.number().int().min(1) }),
    answer: z.object({
      /** Null where nothing is kept, or no longer. */
      kept: z.object({ level, until: time }).nullable(),
      steps: z.array(payloadSchema),
    }),
  }),
};
