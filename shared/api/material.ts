import { z } from 'zod';
import { errorSchema } from '../errors/view.ts';
import { materialKinds, materialStates } from '../material.ts';
import { usedBy } from './artifacts.ts';
import { list, route, time } from './route.ts';

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

export const materialRoutes = {
  listMaterial: route({
    may: 'see',
    method: 'GET',
    path: '/security-material',
    summary: 'Security material of all kinds, without secrets: state, expiry, who uses it',
    answer: list(materialSchema),
  }),
};
