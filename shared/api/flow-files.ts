import { z } from 'zod';
import { byId, id, route } from './route.ts';

/** Flows as files. */

const fileProblemSchema = z.object({
  path: z.string(),
  line: z.int().optional(),
  column: z.int().optional(),
  level: z.enum(['error', 'warning']),
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
});

const importedSchema = z.object({
  fileName: z.string(),
  /** The name in the file; null where it could not be read. */
  name: z.string().nullable(),
  problems: z.array(fileProblemSchema),
  /** What importing it does; null for a file with errors. */
  action: z.enum(['create', 'update', 'nothing']).nullable(),
  /** The flow it was written to; null where nothing was imported, or would be created by a dry run. */
  flowId: id.nullable(),
});
export type ImportedFile = z.output<typeof importedSchema>;

export const flowFilesRoutes = {
  exportFlow: route({
    method: 'GET',
    path: '/flows/:id/file',
    summary: 'The draft of a flow as the text of a file, without secrets',
    params: byId,
    query: z.object({ format: z.enum(['yaml', 'json']).default('yaml') }),
    answer: z.object({ fileName: z.string(), text: z.string() }),
  }),
  importFlows: route({
    method: 'POST',
    path: '/flows/import',
    summary: 'Write the drafts of flows from files: all of them, or none where one has an error',
    body: z.object({
      files: z
        .array(z.object({ fileName: z.string().max(500), text: z.string() }))
        .min(1)
        .max(200),
      /** `name`: a flow of the same name gets the drawing of the file. `never`: each file becomes a new flow. */
      match: z.enum(['name', 'never']).default('never'),
      /** Only tells what would be done. */
      isDryRun: z.boolean().default(false),
    }),
    answer: z.object({ isDone: z.boolean(), files: z.array(importedSchema) }),
  }),
  getFlowSchema: route({
    method: 'GET',
    path: '/schemas/flow.json',
    summary: 'The JSON Schema of a flow as a file',
    answer: z.record(z.string(), z.unknown()),
  }),
};
