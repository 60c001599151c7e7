import { z } from 'zod';
import { mailProposalSchema } from '../mail-proposal.ts';
import { mailFolderSchema, probeStageSchema } from '../probe.ts';
import { list, route, streamRoute } from './route.ts';

/** What a form asks of a mail server, and the catalog it is drawn from. */

/** A channel as it stands in a form, saved or not. */
const channelConfig = z.object({ type: z.string(), config: z.record(z.string(), z.unknown()) });

export const probeBodySchema = channelConfig;

export const mailboxRoutes = {
  listMailFolders: route({
    may: 'probe',
    audit: 'none',
    rate: 'heavy',
    method: 'POST',
    path: '/mailbox/folders',
    summary: 'The folders of the mailbox that a channel would read',
    body: channelConfig,
    answer: z.object({ folders: z.array(mailFolderSchema) }),
  }),
  createMailFolder: route({
    may: 'design',
    rate: 'heavy',
    method: 'POST',
    path: '/mailbox/folders/create',
    summary: 'Create a folder in the mailbox that a channel would read',
    body: channelConfig.extend({ name: z.string().trim().min(1, 'must not be empty').max(500) }),
    answer: z.object({ path: z.string(), folders: z.array(mailFolderSchema) }),
  }),
  proposeMailSettings: route({
    may: 'design',
    audit: 'none',
    rate: 'heavy',
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
    may: 'see',
    method: 'GET',
    path: '/catalog',
    summary: 'Adapters and steps with the JSON Schema of their configuration',
    answer: list(
      z.object({ type: z.string(), role: z.string(), title: z.string(), summary: z.string(), config: z.record(z.string(), z.unknown()) }),
    ),
  }),
};

export const mailboxStreams = {
  probe: streamRoute({
    may: 'probe',
    audit: 'none',
    rate: 'heavy',
    method: 'POST',
    path: '/probe',
    summary: 'Connection test: one stage per line, as it happens',
    body: probeBodySchema,
    type: 'application/x-ndjson',
    answer: probeStageSchema,
  }),
};
