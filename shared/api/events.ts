import { z } from 'zod';

/** What the stream of live events tells. */

/** One SSE event: what changed, by id; the browser reads it again. */
export const eventSchema = z.object({
  kind: z.enum(['flow', 'deployment', 'poll', 'message', 'credential', 'quarantine', 'alert']),
  ids: z.array(z.string()),
});

export type ServerEvent = z.output<typeof eventSchema>;
