import { z } from 'zod';
import { errorSchema } from '../errors/view.ts';
import { maxKnownHostsLength } from '../known-hosts.ts';
import { materialKinds, materialStates } from '../material.ts';
import { artifactUseSchema, usedBy } from './artifacts.ts';
import { list, route, streamRoute, time } from './route.ts';

/** Security material of all kinds in one list. */

const materialSchema = z.object({
  kind: z.enum(materialKinds),
  name: z.string(),
  description: z.string(),
  state: z.enum(materialStates),
  /** Why it is not Deployed, or what last went wrong with it. */
  error: errorSchema.nullable(),
  /** When a certificate of it runs out first, or an authorization. */
  expiresAt: time.nullable(),
  /** Null for kinds that are sent nowhere. */
  allowedHosts: z.array(z.string()).nullable(),
  usedBy,
  deployedAt: time,
  deployedBy: z.string(),
});

export type MaterialView = z.output<typeof materialSchema>;

/** What may be tried before it is saved; what is left out is taken as it is deployed. */
const materialValueSchema = z.object({
  user: z.string().min(1).max(300).optional(),
  password: z.string().min(1).max(1_000).optional(),
  /** Of a Secure Parameter. */
  secret: z.string().min(1).max(4_000).optional(),
  /** Of OAuth2 Client Credentials. */
  clientSecret: z.string().min(1).max(2_000).optional(),
  /** Of a Known Hosts artifact. */
  knownHosts: z.string().min(1).max(maxKnownHostsLength).optional(),
  /** Of a trusted certificate. */
  pem: z.string().min(1).max(200_000).optional(),
});

export type MaterialValue = z.output<typeof materialValueSchema>;

/** How the test of one field stands. */
export const materialTestLineSchema = z.object({
  /** From 0; later lines with the same number replace earlier ones. */
  index: z.int(),
  use: artifactUseSchema,
  state: z.enum(['waiting', 'running', 'good', 'failed', 'skipped']),
  sentence: z.string(),
  error: errorSchema.nullable(),
});

export type MaterialTestLine = z.output<typeof materialTestLineSchema>;

export const materialStreams = {
  testMaterial: streamRoute({
    may: 'probe',
    rate: 'heavy',
    method: 'POST',
    path: '/security-material/:kind/:name/test',
    summary: 'Tries an artifact, or a value not yet saved, with every flow that names it: one state per line, as it happens',
    params: z.object({ kind: z.enum(materialKinds), name: z.string().max(100) }),
    body: z.object({ value: materialValueSchema.default({}) }),
    type: 'application/x-ndjson',
    answer: materialTestLineSchema,
  }),
};

export const materialRoutes = {
  listMaterial: route({
    may: 'see',
    method: 'GET',
    path: '/security-material',
    summary: 'Security material of all kinds, without secrets: state, expiry, who uses it',
    answer: list(materialSchema),
  }),
};
