import { z } from 'zod';

/** A drawing as it travels. */

const nodeSchema = z.object({
  id: z.string().min(1).max(100),
  type: z.string().min(1).max(100),
  position: z.object({ x: z.number(), y: z.number() }),
  config: z.record(z.string(), z.unknown()),
});

const edgeSchema = z.object({ id: z.string().min(1).max(200), from: z.string().min(1).max(100), to: z.string().min(1).max(100) });

export const documentSchema = z.object({
  nodes: z.array(nodeSchema).max(1_000),
  edges: z.array(edgeSchema).max(5_000),
  settings: z.record(z.string().max(100), z.unknown()).optional(),
});

export const problemSchema = z.object({
  nodeId: z.string().optional(),
  field: z.string().optional(),
  level: z.enum(['error', 'warning', 'info']),
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
});
