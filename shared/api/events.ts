import { z } from 'zod';
import { streamRoute } from './route.ts';

/** What the stream of live events tells. */

/** One SSE event: what changed, by id; the browser reads it again. */
export const eventSchema = z.object({
  kind: z.enum(['flow', 'deployment', 'poll', 'message', 'credential', 'quarantine', 'alert', 'bulk', 'user']),
  ids: z.array(z.string()),
});

export type ServerEvent = z.output<typeof eventSchema>;

export const eventsStreams = {
  followEvents: streamRoute({
    may: 'see',
    method: 'GET',
    path: '/events',
    summary: 'What changes, as server-sent events',
    type: 'text/event-stream',
    answer: eventSchema,
  }),
};
