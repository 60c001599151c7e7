import { z } from 'zod';
import { errorSchema } from '../errors/view.ts';
import { channelHealths, deploymentStates, messageStatuses } from '../status.ts';
import { documentSchema, problemSchema } from './drawings.ts';
import { pollSchema } from './polls.ts';
import { byId, id, list, ordinal, ordinalText, page, route, time } from './route.ts';

/** Flows, their versions and deployments. */

const channelSchema = z.object({
  id,
  nodeId: z.string(),
  name: z.string(),
  health: z.enum(channelHealths),
  lastPoll: pollSchema.nullable(),
  /** The last poll that completed. */
  lastSuccessAt: time.nullable(),
  /** When it is polled, in words that follow "Polled". */
  schedule: z.string(),
  /** Null where the schedule has no run left. */
  nextPollAt: time.nullable(),
  failuresInRow: z.int(),
  /** The greeting of the mail server, or what it last said no with. */
  serverSaid: z.object({ text: z.string(), at: time }).nullable(),
  /** What a person may decide: take mails that somebody read first, process mails again that were marked unread. */
  offers: z.object({ readElsewhere: z.int(), unreadAgain: z.int() }),
});

export type ChannelView = z.output<typeof channelSchema>;

export const deploymentSchema = z.object({
  flowId: id,
  flowName: z.string(),
  version: z.int(),
  state: z.enum(deploymentStates),
  deployedAt: time,
  deployedBy: z.string(),
  error: errorSchema.nullable(),
  channels: z.array(channelSchema),
  /** Messages by status, all time within retention. */
  counts: z.partialRecord(z.enum(messageStatuses), z.int()),
});

export type DeploymentView = z.output<typeof deploymentSchema>;

const flowSummarySchema = z.object({
  id,
  name: z.string(),
  description: z.string(),
  createdAt: time,
  updatedAt: time,
  nodeCount: z.int(),
  deployment: z.object({ version: z.int(), state: z.enum(deploymentStates), isCurrent: z.boolean() }).nullable(),
});

export type FlowSummary = z.output<typeof flowSummarySchema>;

const flowSchema = flowSummarySchema.omit({ nodeCount: true, deployment: true }).extend({
  /** Grows with each save; a save names the one it started from. */
  revision: z.int(),
  draft: documentSchema,
  /** What the parameters were given at the last deployment. */
  parameterValues: z.record(z.string(), z.string()),
  deployment: deploymentSchema.nullable(),
  /** What runs now, to compare the draft with. */
  deployedDocument: documentSchema.nullable(),
});

export type FlowView = z.output<typeof flowSchema>;

/** A drawing as it was deployed once; it never changes. */
const versionSchema = z.object({
  version: z.int(),
  /** When it was deployed for the first time. */
  deployedAt: time,
  deployedBy: z.string(),
  note: z.string(),
});

export type VersionView = z.output<typeof versionSchema>;

const keptDraftSchema = z.object({
  id,
  draft: documentSchema,
  keptAt: time,
  /** Who decided against it. */
  keptBy: z.string(),
});

export type KeptDraftView = z.output<typeof keptDraftSchema>;

const flowName = z.string().trim().min(1, 'must not be empty').max(200);

/** Values of `{{name}}`, by name. */
const parameterValues = z.record(z.string().max(64), z.string().max(5_000));

export const flowsRoutes = {
  listFlows: route({ may: 'see', method: 'GET', path: '/flows', summary: 'All flows', answer: list(flowSummarySchema) }),
  createFlow: route({
    may: 'design',
    method: 'POST',
    path: '/flows',
    summary: 'Create a flow',
    body: z.object({
      name: flowName,
      description: z.string().max(2_000).default(''),
      draft: documentSchema.default({ nodes: [], edges: [] }),
    }),
    answer: flowSchema,
  }),
  getFlow: route({ may: 'see', method: 'GET', path: '/flows/:id', summary: 'One flow with its draft', params: byId, answer: flowSchema }),
  saveFlow: route({
    may: 'design',
    audit: 'burst',
    method: 'PUT',
    path: '/flows/:id',
    summary: 'Save the draft',
    params: byId,
    body: z.object({
      revision: ordinal,
      name: flowName.optional(),
      description: z.string().max(2_000).optional(),
      draft: documentSchema.optional(),
      /** Keeps the draft that this one is saved over: after a conflict. */
      keepsOther: z.boolean().optional(),
    }),
    answer: flowSchema,
  }),
  deleteFlow: route({ may: 'design', method: 'DELETE', path: '/flows/:id', summary: 'Delete a flow that is not deployed', params: byId }),
  checkFlow: route({
    may: 'see',
    audit: 'none',
    method: 'POST',
    path: '/flows/:id/check',
    summary: 'Problems of the draft',
    params: byId,
    answer: z.object({ problems: z.array(problemSchema) }),
  }),
  deployFlow: route({
    may: 'deploy',
    method: 'POST',
    path: '/flows/:id/deploy',
    summary: 'Freeze the draft as a version and start it',
    params: byId,
    body: z.object({ revision: ordinal.optional(), note: z.string().max(1_000).default(''), values: parameterValues.default({}) }),
    answer: deploymentSchema,
  }),
  undeployFlow: route({ may: 'deploy', method: 'POST', path: '/flows/:id/undeploy', summary: 'Stop the flow', params: byId }),
  pollNow: route({
    may: ['deploy', 'operate'],
    method: 'POST',
    path: '/flows/:id/poll',
    summary: 'Poll the channels of the flow now',
    params: byId,
  }),
  getVersion: route({
    may: 'see',
    method: 'GET',
    path: '/flows/:id/versions/:version',
    summary: 'The drawing of one deployed version',
    params: z.object({ id, version: ordinalText }),
    answer: versionSchema.extend({ document: documentSchema }),
  }),
  listVersions: route({
    may: 'see',
    method: 'GET',
    path: '/flows/:id/versions',
    summary: 'Versions of the flow that were deployed, newest first',
    params: byId,
    query: page.extend({ cursor: ordinalText.optional() }),
    answer: list(versionSchema),
  }),
  listKeptDrafts: route({
    may: 'see',
    method: 'GET',
    path: '/flows/:id/kept-drafts',
    summary: 'Drafts that lost against another when two people drew at once, newest first; the last ten are kept',
    params: byId,
    answer: list(keptDraftSchema),
  }),
  keepDraft: route({
    may: 'design',
    method: 'POST',
    path: '/flows/:id/kept-drafts',
    summary: 'Keep a drawing that is not saved as the draft',
    params: byId,
    body: z.object({ draft: documentSchema }),
    answer: keptDraftSchema,
  }),
  deployVersion: route({
    may: 'deploy',
    method: 'POST',
    path: '/flows/:id/versions/:version/deploy',
    summary: 'Start an earlier version as it was; the draft stays as it is',
    params: z.object({ id, version: ordinalText }),
    answer: deploymentSchema,
  }),
  listDeployments: route({
    may: 'see',
    method: 'GET',
    path: '/deployments',
    summary: 'All deployments with the state of their channels',
    answer: list(deploymentSchema),
  }),
};
