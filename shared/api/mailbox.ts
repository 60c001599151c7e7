import { z } from 'zod';
import { mailProposalSchema } from '../mail-proposal.ts';
import { mailFolderSchema } from '../probe.ts';
import { list, route } from './route.ts';

/** What a form asks of a mail server, and the catalog it is drawn from. */

/** A channel as it stands in a form, saved or not. */
const channelConfig = z.object({ type: z.string(), config: z.record(z.string(), z.unknown()) });

/**
 * Not JSON, so outside the table: `GET /api/v1/events` (SSE), `POST /api/v1/probe` (body `probeBodySchema`, answers one JSON
 * ProbeStage per line as it happens), `GET /api/v1/messages/:id/raw`, `GET /api/v1/messages/:id/attachments/:index`,
 * `GET /api/v1/quarantine/:id/raw`, `GET /api/v1/oauth2/callback` (redirects the browser), `GET /api/v1/openapi.json`.
 */
export const probeBodySchema = channelConfig;

export const mailboxRoutes = {
  listMailFolders: route({
    method: 'POST',
    path: '/mailbox/folders',
    summary: 'The folders of the mailbox that a channel would read',
    body: channelConfig,
    answer: z.object({ folders: z.array(mailFolderSchema) }),
  }),
  createMailFolder: route({
    method: 'POST',
    path: '/mailbox/folders/create',
    summary: 'Create a folder in the mailbox that a channel would read',
    body: channelConfig.extend({ name: z.string().trim().min(1, 'must not be empty').max(500) }),
    answer: z.object({ path: z.string(), folders: z.array(mailFolderSchema) }),
  }),
  proposeMailSettings: route({
    method: 'POST',
    path: '/mailbox/proposals',
    summary: 'Settings of a channel that were found for an e-mail address, best first',
    body: z.object({ type: z.string(), email: z.string().max(320) }),
    answer: z.object({
      proposals: z.array(mailProposalSchema),
      /** Where could not be looked. */
      notes: z.array(z.string()),
    }),
  }),
  getCatalog: route({
    method: 'GET',
    path: '/catalog',
    summary: 'Adapters and steps with the JSON Schema of their configuration',
    answer: list(
      z.object({ type: z.string(), role: z.string(), title: z.string(), summary: z.string(), config: z.record(z.string(), z.unknown()) }),
    ),
  }),
};
