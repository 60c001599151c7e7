import { z } from 'zod';
import { flowLogLevels } from '../log-levels.ts';
import { messageStatuses } from '../status.ts';
import { reasonLevels, reasonPlaces } from '../why-nothing.ts';
import { deploymentSchema } from './flows.ts';
import { byId, id, route, time } from './route.ts';

/** What the first page of the monitor shows, in one read. */

const counts = z.partialRecord(z.enum(messageStatuses), z.int());

/** How many errors of a time are looked at, of each status that a message with one can have. */
export const errorsLookedAt = 5_000;

/** From so long before its end on, what expires is shown, in days. */
export const expiringWithinDays = 60;

const flowTileSchema = deploymentSchema.omit({ counts: true }).extend({
  /** Messages received in the time that was asked for, by the status that they have now. */
  counts,
  /** Messages that are queued, run or wait for their next attempt, whenever they were received. */
  backlog: z.object({ count: z.int(), oldestAt: time.nullable() }),
  /** Mails that wait in quarantine. */
  quarantined: z.int(),
  openAlerts: z.int(),
  /** Null: Info. */
  logLevel: z.object({ level: z.enum(flowLogLevels), until: time }).nullable(),
});

export type FlowTileView = z.output<typeof flowTileSchema>;

export const expiringKinds = ['certificate', 'key-pair', 'oauth2', 'oauth2-client', 'credential', 'token'] as const;
/** `unauthorized`: a person must authorize it. `error`: the provider refuses it. `refused`: a server refuses the sign-in, and is left in peace until then. */
export const expiringStates = ['expiring', 'expired', 'unauthorized', 'error', 'refused'] as const;

const expiringSchema = z.object({
  kind: z.enum(expiringKinds),
  name: z.string(),
  state: z.enum(expiringStates),
  until: time.nullable(),
});

export type ExpiringView = z.output<typeof expiringSchema>;

const topErrorSchema = z.object({
  code: z.string(),
  /** Of the newest message that has it. */
  message: z.string(),
  count: z.int(),
  flows: z.array(z.object({ id, name: z.string() })),
  lastAt: time,
});

export type TopErrorView = z.output<typeof topErrorSchema>;

const overviewSchema = z.object({
  from: time,
  to: time,
  /** By name. */
  flows: z.array(flowTileSchema),
  /** Of all flows, those not deployed included. */
  counts,
  /** The most frequent first, ten at most: of messages received in the time that was asked for that failed or wait for another attempt. */
  topErrors: z.array(topErrorSchema),
  /** More than `errorsLookedAt` messages had errors: the newest were counted. */
  isErrorsCut: z.boolean(),
  workers: z.object({ running: z.int(), stopping: z.int(), lost: z.int() }),
  queue: z.object({
    /** Messages that run now, that wait for a worker, and that wait for their next attempt. */
    running: z.int(),
    waiting: z.int(),
    retrying: z.int(),
    /** Since when the oldest that could run waits for a worker. */
    oldestAt: time.nullable(),
  }),
  /** The soonest first. */
  expiring: z.array(expiringSchema),
});

export type OverviewView = z.output<typeof overviewSchema>;

const reasonSchema = z.object({
  level: z.enum(reasonLevels),
  text: z.string(),
  remedy: z.string(),
  place: z.enum(reasonPlaces).nullable(),
});

export const overviewRoutes = {
  getOverview: route({
    may: 'see',
    method: 'GET',
    path: '/overview',
    summary: 'All deployed flows with what came in, what failed and what waits; top errors, workers, queue and what expires',
    query: z
      .object({
        /** Counts are kept per hour: the minutes of both are left out. */
        from: time,
        to: time,
      })
      .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { message: 'must be after from', path: ['to'] }),
    answer: overviewSchema,
  }),
  whyNothing: route({
    may: 'see',
    method: 'GET',
    path: '/channels/:id/why',
    summary: 'Why a channel of a deployed flow took no mail in, the decisive reason first',
    params: byId,
    answer: z.object({ reasons: z.array(reasonSchema) }),
  }),
};
