import { z } from 'zod';

/** What the artifacts of security material share. */

export const credentialName = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(100)
  .regex(/^[\w.@-]+$/, 'letters, digits, ".", "_", "@" and "-" only');

export const allowedHosts = z.array(z.string().trim().min(1).max(300)).max(100);

export const artifactDescription = z.string().max(2_000).default('');
