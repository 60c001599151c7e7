import { z } from 'zod';
import { errorSchema } from '../errors/view.ts';

/** What a route of `/api/v1` is, and what many of them share. */

/** Every route of `/api/v1`: what goes in and what comes out. Server, client and the OpenAPI document read this one table. */
export const time = z.iso.datetime();

export const id = z.uuid();

export const errorAnswerSchema = errorSchema.extend({
  requestId: z.string(),
  problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

export const page = z.object({ limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().max(200).optional() });

const nothing = z.object({});

const empty = z.null();

export const list = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api/v1`, parameters as `:name`. */
  path: string;
  summary: string;
  /** Answers without a session or token. */
  isPublic?: boolean;
  params: z.ZodType;
  query: z.ZodType;
  body: z.ZodType;
  answer: z.ZodType;
}

export function route<
  P extends z.ZodType = typeof nothing,
  Q extends z.ZodType = typeof nothing,
  B extends z.ZodType = typeof empty,
  A extends z.ZodType = typeof empty,
>(r: {
  method: Route['method'];
  path: string;
  summary: string;
  isPublic?: boolean;
  params?: P;
  query?: Q;
  body?: B;
  answer?: A;
}): { method: Route['method']; path: string; summary: string; isPublic?: boolean; params: P; query: Q; body: B; answer: A } {
  return {
    ...r,
    params: (r.params ?? nothing) as P,
    query: (r.query ?? nothing) as Q,
    body: (r.body ?? empty) as B,
    answer: (r.answer ?? empty) as A,
  };
}

export const byId = z.object({ id });

export const byName = z.object({ name: z.string().max(100) });
