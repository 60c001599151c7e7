import { z } from 'zod';
import { errorSchema } from '../errors/view.ts';
import { runStepOutcomes } from '../status.ts';
import { documentSchema } from './drawings.ts';
import { byId, id, ordinalText, route, streamRoute, time } from './route.ts';

/** Running a drawing, saved or not, on one mail without touching anything. */

/** Longest text of a body that is shown of each step, in characters; the run itself has all of it. */
export const maxShownBodyChars = 64 * 1024;
/** Most mails of a mailbox that are offered: the newest. */
export const maxOfferedMails = 50;

const drawing = z.object({
  document: documentSchema,
  /** For the parameters of the drawing; defaults where none is named. */
  values: z.record(z.string().max(64), z.string().max(5_000)).default({}),
});

const address = z.string().trim().max(320);

export const typedMailSchema = z.object({
  from: address,
  to: address,
  subject: z.string().max(998),
  text: z.string().max(1_000_000),
  isHtml: z.boolean().default(false),
});
export type TypedMail = z.input<typeof typedMailSchema>;

/** SHA-256 of the bytes of a mail, in hex. */
const hash = z.string().regex(/^[0-9a-f]{64}$/);

const mailSchema = z.discriminatedUnion('kind', [
  /** One that lies in the mailbox of the drawing's sender. */
  z.object({
    kind: z.literal('mailbox'),
    uid: z.string().min(1).max(500),
    /** As the list told it. */
    epoch: z.string().max(100).default(''),
    /** As an earlier simulation told it: the mail is not fetched again while it is kept. */
    hash: hash.optional(),
  }),
  /** One handed in before: `hash` as the upload was answered. */
  z.object({ kind: z.literal('kept'), hash }),
  z.object({ kind: z.literal('message'), id }),
  z.object({ kind: z.literal('typed'), ...typedMailSchema.shape }),
]);
export type SimulatedMail = z.input<typeof mailSchema>;

/** What `POST /api/v1/simulations` takes. It answers one JSON `SimulationEvent` per line, as it happens, and ends when the visitor leaves. */
export const simulationBodySchema = drawing.extend({
  flowName: z.string().max(200),
  mail: mailSchema,
  /** Ids of the receivers that are really called; all others answer as mocked. */
  live: z.array(z.string().max(100)).max(1_000).default([]),
});
export type SimulationBody = z.input<typeof simulationBodySchema>;

const attachmentSchema = z.object({
  index: z.int(),
  name: z.string(),
  contentType: z.string(),
  sizeBytes: z.number(),
  contentId: z.string().optional(),
  disposition: z.enum(['attachment', 'inline']),
});

const jsonSchema: z.ZodType = z.unknown();

/** A message as it was at one place. */
export const snapshotSchema = z.object({
  headers: z.record(z.string(), z.string()),
  properties: z.record(z.string(), jsonSchema),
  body: z.object({
    contentType: z.string(),
    /** At most `maxShownBodyChars`. */
    text: z.string(),
    /** Of the whole body. */
    characters: z.int(),
    isCut: z.boolean(),
  }),
  attachments: z.array(attachmentSchema),
  /** How many headers, properties and attachments are left out, beyond a thousand of each. */
  leftOut: z.int(),
});
export type Snapshot = z.output<typeof snapshotSchema>;

const stepSchema = z.object({
  /** Place in the order in which the nodes began. */
  position: z.int(),
  /** `position` of the node that the message came from; null for the sender. */
  from: z.int().nullable(),
  nodeId: z.string(),
  name: z.string(),
  edgeId: z.string().nullable(),
  port: z.string().nullable(),
  outcome: z.enum(runStepOutcomes),
  summary: z.string(),
  error: errorSchema.nullable(),
  startedAt: time,
  endedAt: time.nullable(),
  /** As it left the node; null while it runs and where it has failed. Parts that are those it came with are left out. */
  message: snapshotSchema.partial().nullable(),
  /** Of receivers: whether they were called, or (of a past message) what the log has recorded. */
  call: z.enum(['mocked', 'live', 'recorded']).nullable(),
  /** What a receiver that was called said. */
  answer: jsonSchema.optional(),
});
export type SimulatedStep = z.output<typeof stepSchema>;

export const simulationEventSchema = z.discriminatedUnion('kind', [
  /** The mail is here: kept under its hash for a day at least. */
  z.object({ kind: z.literal('mail'), hash, sizeBytes: z.number() }),
  /** A node has begun or ended; the later event replaces the one before of the same position. */
  z.object({ kind: z.literal('step'), ...stepSchema.shape }),
  z.object({ kind: z.literal('end'), status: z.enum(['COMPLETED', 'FAILED']), error: errorSchema.nullable() }),
]);
export type SimulationEvent = z.output<typeof simulationEventSchema>;

export const keptMailSchema = z.object({
  hash: z.string(),
  sizeBytes: z.number(),
  subject: z.string(),
  from: z.string(),
  date: time.nullable(),
});
/** A mail that was handed in to be simulated with. `POST /api/v1/simulations/mails` takes it as `message/rfc822` and answers this. */
export type KeptMail = z.output<typeof keptMailSchema>;

const offeredMailSchema = z.object({
  uid: z.string(),
  epoch: z.string(),
  subject: z.string(),
  from: z.string(),
  date: time.nullable(),
  sizeBytes: z.number(),
});
export type OfferedMail = z.output<typeof offeredMailSchema>;

export const simulationsRoutes = {
  listMailsToSimulate: route({
    may: 'design',
    audit: 'view',
    rate: 'heavy',
    method: 'POST',
    path: '/simulations/mailbox',
    summary: 'The newest mails in the mailbox of a drawing, which are left as they are',
    body: drawing.extend({ which: z.enum(['wanted', 'all']).default('wanted') }),
    answer: z.object({
      /** Newest first, at most `maxOfferedMails`. */
      mails: z.array(offeredMailSchema),
      /** How many there are. */
      total: z.int(),
      notes: z.array(z.string()),
    }),
  }),
  traceMessage: route({
    may: 'payload',
    audit: 'view',
    rate: 'heavy',
    method: 'GET',
    path: '/messages/:id/trace',
    summary: 'What a message was at each step, computed again from its mail with the version it ran with; receivers are not called',
    params: byId,
    /** The version of its last run where none is named. */
    query: z.object({ version: ordinalText.optional() }),
    answer: z.object({ steps: z.array(stepSchema), status: z.enum(['COMPLETED', 'FAILED']), error: errorSchema.nullable() }),
  }),
};

export const simulationsStreams = {
  simulate: streamRoute({
    may: 'design',
    audit: 'view',
    rate: 'heavy',
    method: 'POST',
    path: '/simulations',
    summary: 'Runs a drawing on one mail: one event per line, as it happens',
    body: simulationBodySchema,
    type: 'application/x-ndjson',
    answer: simulationEventSchema,
  }),
  keepMail: streamRoute({
    may: 'design',
    audit: 'none',
    rate: 'heavy',
    method: 'POST',
    path: '/simulations/mails',
    summary: 'Hands in a mail to simulate with; it is kept for a day at least',
    bodyType: 'message/rfc822',
    type: 'application/json',
    answer: keptMailSchema,
  }),
};
