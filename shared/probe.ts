import { z } from 'zod';
import type { CertificateFacts } from './certificate.ts';
import { errorSchema } from './errors/view.ts';

/** What the connection test reports: its stages in the order they are made, each with a sentence and the facts that form and buttons use. */

export const mailboxStages = [
  'resolve',
  'connect',
  'protect',
  'greeting',
  'capabilities',
  'mechanism',
  'signIn',
  'folders',
  'counts',
  'preview',
  'postProcessing',
] as const;

/** Those of other tests are named alike; `answer` is what a web system says. */
export const probeStages = [...mailboxStages, 'answer'] as const;
export type ProbeStageName = (typeof probeStages)[number];

export const mailFolderSchema = z.object({
  /** As the server writes it, decoded: what goes into a field. */
  path: z.string(),
  /** Its last part. */
  name: z.string(),
  /** Names of the folders above it. */
  parents: z.array(z.string()),
  /** What it is for, where the server or its name tells (RFC 6154). */
  use: z.enum(['inbox', 'archive', 'drafts', 'flagged', 'junk', 'sent', 'trash', 'all', 'important']).optional(),
  /** False for one that only holds other folders. */
  isSelectable: z.boolean(),
});
export type MailFolder = z.output<typeof mailFolderSchema>;

export const mailPreviewSchema = z.object({
  subject: z.string(),
  from: z.string(),
  /** Date header, else when the server received it. */
  date: z.iso.datetime().nullable(),
  sizeBytes: z.int(),
  /** The first words of its text; empty where none can be read. */
  snippet: z.string(),
});
export type MailPreview = z.output<typeof mailPreviewSchema>;

/** A way to this host that was tried and works: protocol, port and protection. */
export const otherWaySchema = z.object({
  protocol: z.enum(['imap4', 'pop3']),
  port: z.int(),
  protection: z.enum(['tls', 'starttls-mandatory']),
});
export type OtherWay = z.output<typeof otherWaySchema>;

export const mailCountsSchema = z.object({
  total: z.int(),
  /** Null for POP3, which knows no read marks. */
  unread: z.int().nullable(),
  /** Mails that Folder, Selection and Search let through; those taken before are not counted off. */
  wanted: z.int(),
  wantedBytes: z.int(),
  /** Of the wanted, those beyond Max. Mail Size. */
  tooLarge: z.int(),
  /** Mails that Selection lets through and Search does not. */
  leftOut: z.int(),
  /** How many of the oldest mails were looked at, where that is not all of them: POP3 reads heads for Search. */
  looked: z.int().optional(),
});
export type MailCounts = z.output<typeof mailCountsSchema>;

const certificateSchema = z.object({
  subject: z.string(),
  issuer: z.string(),
  names: z.array(z.string()),
  validFrom: z.string(),
  validTo: z.string(),
  fingerprint256: z.string(),
  pem: z.string(),
  isSelfSigned: z.boolean(),
}) satisfies z.ZodType<CertificateFacts>;

export const probeFactsSchema = z.object({
  /** What the server showed, accepted or not; its own certificate first. */
  certificates: z.array(certificateSchema).optional(),
  capabilities: z.array(z.string()).optional(),
  /** Ways to sign in that the server offers, as it lists them. */
  mechanisms: z.array(z.string()).optional(),
  folders: z.array(mailFolderSchema).optional(),
  counts: mailCountsSchema.optional(),
  preview: z.array(mailPreviewSchema).optional(),
  /** The folder that is missing, and names that look like it. */
  missing: z.object({ field: z.string(), folder: z.string(), nearest: z.array(z.string()) }).optional(),
  otherWays: z.array(otherWaySchema).optional(),
});
export type ProbeFacts = z.output<typeof probeFactsSchema>;

export const probeStageSchema = z.object({
  stage: z.enum(probeStages),
  state: z.enum(['running', 'done', 'warning', 'failed']),
  sentence: z.string(),
  /** How long the stage took; absent while it runs. */
  durationMs: z.int().optional(),
  error: errorSchema.optional(),
  facts: probeFactsSchema.optional(),
});
/** What the connection test found out at one stage. */
export type ProbeStage = z.output<typeof probeStageSchema>;
