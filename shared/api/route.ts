import { z } from 'zod';
import { errorSchema } from '../errors/view.ts';
import type { Wanted } from '../roles.ts';

/** What a route of `/api/v1` is, and what many of them share. */

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

/** Who may ask, and what is written down of it. */
export interface Access {
  may: Wanted;
  /**
   * What the audit log gets: every call (`change`, `view`), one line for several changes of the same thing soon after each other
   * (`burst`), or nothing. Without it a GET leaves no line and everything else is a change.
   */
  audit?: 'change' | 'view' | 'burst' | 'none';
  /** Takes a connection or much work: fewer of these are admitted. */
  rate?: 'heavy';
  /** Its answer holds a secret that is shown once: a repetition with the same `Idempotency-Key` is refused instead of answered. */
  answersOnce?: boolean;
}

export interface Route extends Access {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api/v1`, parameters as `:name`. */
  path: string;
  summary: string;
  params: z.ZodType;
  query: z.ZodType;
  body: z.ZodType;
  answer: z.ZodType;
}

type Shared = Omit<Route, 'params' | 'query' | 'body' | 'answer'>;

export function route<
  P extends z.ZodType = typeof nothing,
  Q extends z.ZodType = typeof nothing,
  B extends z.ZodType = typeof empty,
  A extends z.ZodType = typeof empty,
>(r: Shared & { params?: P; query?: Q; body?: B; answer?: A }): Shared & { params: P; query: Q; body: B; answer: A } {
  return {
    ...r,
    params: (r.params ?? nothing) as P,
    query: (r.query ?? nothing) as Q,
    body: (r.body ?? empty) as B,
    answer: (r.answer ?? empty) as A,
  };
}

/** A route that answers no JSON document: something that goes on, or a file. */
export interface StreamRoute extends Access {
  method: 'GET' | 'POST';
  path: string;
  summary: string;
  params: z.ZodType;
  query: z.ZodType;
  body: z.ZodType;
  /** Media type of a body that is no JSON and is read as it comes; `body` says nothing about it then. */
  bodyType?: string;
  /** Media type of the answer. */
  type: string;
  /** Of one line of it, or of the whole; text where it is absent. */
  answer?: z.ZodType;
}

type SharedByStreams = Omit<StreamRoute, 'params' | 'query' | 'body'>;

export function streamRoute<P extends z.ZodType = typeof nothing, Q extends z.ZodType = typeof nothing, B extends z.ZodType = typeof empty>(
  r: SharedByStreams & { params?: P; query?: Q; body?: B },
): SharedByStreams & { params: P; query: Q; body: B } {
  return { ...r, params: (r.params ?? nothing) as P, query: (r.query ?? nothing) as Q, body: (r.body ?? empty) as B };
}

const maxOrdinal = 2_147_483_647;

/** A version or revision; the database holds no larger number. */
export const ordinal = z.int().min(0).max(maxOrdinal);

/** The same in an address. */
export const ordinalText = z.coerce.number().int().min(0).max(maxOrdinal);

export const byId = z.object({ id });

export const byName = z.object({ name: z.string().max(100) });
