import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import type { Route } from '../../shared/api.ts';
import { BadRequest, type RequestProblem } from './errors.ts';
import { findUnstorable } from './storable.ts';

export interface TypedRoute<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType> extends Route {
  params: P;
  query: Q;
  body: B;
  answer: A;
}

export interface Asked<Params, Query, Body> {
  params: Params;
  query: Query;
  body: Body;
  request: Request;
  response: Response;
}

/**
 * Mounts a route of the table: what comes in is checked by its schemas, what goes out has its type.
 * Answers BAD_REQUEST with a path for every field that does not fit.
 */
export function mount<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
  router: Router,
  route: TypedRoute<P, Q, B, A>,
  answer: (asked: Asked<z.output<P>, z.output<Q>, z.output<B>>) => Promise<z.input<A>>,
): void {
  const method = route.method.toLowerCase() as Lowercase<Route['method']>;
  router[method](route.path, async (request, response) => {
    const problems: RequestProblem[] = [];
    const params = read(route.params, request.params, problems);
    const query = read(route.query, request.query, problems);
    const body = read(route.body, bodyOf(request, route.body), problems);
    if (!params || !query || !body) throw new BadRequest(problems);
    response.json(await answer({ params: params.data, query: query.data, body: body.data, request, response }));
  });
}

/** Checks one value; adds what is wrong to `problems`. */
function read<T extends z.ZodType>(schema: T, value: unknown, problems: RequestProblem[]): { data: z.output<T> } | undefined {
  const unstorable = findUnstorable(value);
  if (unstorable) {
    problems.push(unstorable);
    return undefined;
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { data: parsed.data };
  problems.push(...parsed.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message })));
  return undefined;
}

/** Checks a value outside the table, with the same answer. */
export function parseOrRefuse<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const problems: RequestProblem[] = [];
  const parsed = read(schema, value, problems);
  if (!parsed) throw new BadRequest(problems);
  return parsed.data;
}

/** No body stands for `null` where the route takes none, and for an object without fields where it takes one. */
export function bodyOf(request: Request, schema: z.ZodType): unknown {
  if (request.body !== undefined) return request.body;
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (hasBody) throw new BadRequest([{ path: '', message: 'Content-Type must be application/json' }]);
  return schema instanceof z.ZodNull ? null : {};
}
