import { z } from 'zod';

/** An error as it travels: `ErrorView` of shared/errors.ts. */
export const errorSchema = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
  retryable: z.boolean(),
  details: z.string().optional(),
});
