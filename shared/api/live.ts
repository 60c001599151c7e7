import { z } from 'zod';
import { byId, route, time } from './route.ts';

/** What happens on the nodes and connections of a deployed flow. */

/** How many messages are counted; all of them are read again at each look. */
export const countedMessages = 500;

const nodeCountsSchema = z.object({
  /** Messages by how their last try at the node went. */
  completed: z.int(),
  stopped: z.int(),
  failed: z.int(),
  skipped: z.int(),
  running: z.int(),
  lastAt: time,
  /** The newest one failed. */
  isFailing: z.boolean(),
});

export type NodeCounts = z.output<typeof nodeCountsSchema>;

const liveSchema = z.object({
  version: z.int(),
  /** The newest messages since this deployment of the version, up to `countedMessages`: what is counted. */
  messages: z.int(),
  /** By id of the node; nodes that no message came to are left out. */
  nodes: z.record(z.string(), nodeCountsSchema),
  /** Messages by id of the connection they took, in the drawing of the version. */
  edges: z.record(z.string(), z.int()),
});

export type LiveView = z.output<typeof liveSchema>;

export const liveRoutes = {
  getFlowLive: route({
    may: 'see',
    method: 'GET',
    path: '/flows/:id/live',
    summary: 'What the newest messages did at each node of the deployed version',
    params: byId,
    answer: liveSchema,
  }),
};
