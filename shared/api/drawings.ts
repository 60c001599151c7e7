import { z } from 'zod';

/** A drawing as it travels. */

const nodeSchema = z.object({
  id: z.string().min(1).max(100),
  type: z.string().min(1).max(100),
  position: z.object({ x: z.number(), y: z.number() }),
  config: z.record(z.string(), z.unknown()),
});

const edgeSchema = z.object({
  id: z.string().min(1).max(300),
  from: z.string().min(1).max(100),
  to: z.string().min(1).max(100),
  port: z.string().min(1).max(100).optional(),
});

const noteSchema = z.object({
  id: z.string().min(1).max(100),
  position: z.object({ x: z.number(), y: z.number() }),
  width: z.number().min(40).max(2_000),
  height: z.number().min(24).max(2_000),
  text: z.string().max(5_000),
});

const parameterSchema = z.object({
  name: z.string().regex(/^[A-Za-z][\w.-]{0,63}$/, 'letters, digits, _ . and -, a letter first, up to 64'),
  description: z.string().max(500).default(''),
  default: z.string().max(5_000).optional(),
});

export const documentSchema = z.object({
  nodes: z.array(nodeSchema).max(1_000),
  edges: z.array(edgeSchema).max(5_000),
  settings: z.record(z.string().max(100), z.unknown()).optional(),
  parameters: z.array(parameterSchema).max(100).optional(),
  notes: z.array(noteSchema).max(200).optional(),
});

export const problemSchema = z.object({
  nodeId: z.string().optional(),
  edgeId: z.string().optional(),
  port: z.string().optional(),
  parameter: z.string().optional(),
  field: z.string().optional(),
  level: z.enum(['error', 'warning', 'info']),
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
});
