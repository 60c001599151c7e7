import { z } from 'zod';
import { id } from './route.ts';

/** What the artifacts of security material share. */

export const credentialName = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(100)
  .regex(/^[\w.@-]+$/, 'letters, digits, ".", "_", "@" and "-" only');

export const allowedHosts = z.array(z.string().trim().min(1).max(300)).max(100);

export const artifactDescription = z.string().max(2_000).default('');

/** Who names an artifact. */
export const artifactUseSchema = z.object({
  /** Null for the target of alerts that `flowName` says. */
  flowId: id.nullable(),
  flowName: z.string(),
  nodeId: z.string().nullable(),
  /** Name of the channel; empty for a target of alerts. */
  nodeName: z.string(),
  /** Label of the field that names it. */
  field: z.string(),
  /** In the version that runs, or in a target that is switched on. */
  isDeployed: z.boolean(),
  /** In the drawing. */
  isDrawn: z.boolean(),
});

export type ArtifactUseView = z.output<typeof artifactUseSchema>;

export const usedBy = z.array(artifactUseSchema);
