import { z } from 'zod';
import { list, route, time } from './route.ts';

/** The processes at work. */

const processStates = ['running', 'stopping', 'lost'] as const;

const processSchema = z.object({
  id: z.string(),
  host: z.string(),
  pid: z.int(),
  role: z.string(),
  version: z.string(),
  /** Where it keeps mails. */
  blobs: z.enum(['fs', 'fs-shared', 'pg']),
  startedAt: time,
  seenAt: time,
  /** `lost`: it gave no sign for 15 seconds. */
  state: z.enum(processStates),
  polls: z.int(),
  /** Connections that wait for new mail. */
  standing: z.int(),
  exchanges: z.int(),
});

export type ProcessView = z.output<typeof processSchema>;

export const processesRoutes = {
  listProcesses: route({
    may: 'see',
    method: 'GET',
    path: '/processes',
    summary: 'The processes that work on this database, and those lost within the last hour',
    answer: list(processSchema),
  }),
};
