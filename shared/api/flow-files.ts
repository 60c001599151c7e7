import { z } from 'zod';
import { byId, route } from './route.ts';

/** Flows as files. */

const problemSchema = z.object({
  path: z.array(z.union([z.string(), z.number()])),
  line: z.int(),
  column: z.int(),
  level: z.enum(['error', 'warning']),
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
});

export type FlowFileProblem = z.output<typeof problemSchema>;

export const flowFilesRoutes = {
  getFlowFile: route({
    may: 'see',
    method: 'GET',
    path: '/flows/:id/file',
    summary: 'The draft of a flow, or one of its versions, as a file without secrets',
    params: byId,
    query: z.object({ format: z.enum(['yaml', 'json']).default('yaml'), version: z.coerce.number().int().min(1).optional() }),
    answer: z.object({ fileName: z.string(), text: z.string() }),
  }),
  importFlow: route({
    may: 'design',
    method: 'POST',
    path: '/flow-files',
    summary: 'Create a flow from a file, or say all that is wrong with it',
    body: z.object({ text: z.string(), isDryRun: z.boolean().default(false) }),
    answer: z.object({
      /** With an error among them nothing was created. */
      problems: z.array(problemSchema),
      name: z.string().nullable(),
      /** Null after a dry run. */
      flowId: z.uuid().nullable(),
    }),
  }),
};
