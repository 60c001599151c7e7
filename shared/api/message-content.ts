import { z } from 'zod';
import { byId, route, streamRoute } from './route.ts';

/** What a mail holds, read from its raw bytes when somebody asks. Each look at it is written down. */

const contentSchema = z.object({
  headers: z.array(z.object({ name: z.string(), value: z.string() })),
  bodyContentType: z.string(),
  /** At most 256 KiB of it. */
  body: z.string(),
  isBodyCut: z.boolean(),
  /** It can be shown as a mail (`/html`). */
  isHtml: z.boolean(),
  attachments: z.array(z.object({ index: z.int(), name: z.string(), contentType: z.string(), sizeBytes: z.int() })),
});

export type MessageContentView = z.output<typeof contentSchema>;

export const messageContentRoutes = {
  getMessageContent: route({
    may: 'payload',
    audit: 'view',
    method: 'GET',
    path: '/messages/:id/content',
    summary: 'Headers, body and attachments of a mail',
    params: byId,
    answer: contentSchema,
  }),
};

export const messageContentStreams = {
  getMessageHtml: streamRoute({
    may: 'payload',
    audit: 'view',
    method: 'GET',
    path: '/messages/:id/html',
    summary: 'The HTML body of a mail as a document without anything that runs or loads',
    params: byId,
    type: 'text/html',
  }),
};
