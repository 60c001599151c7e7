import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { z } from 'zod';
import { routes, type RouteName } from '../../shared/api.ts';
import { type Route } from '../../shared/api/route.ts';
import { FlowError } from '../../shared/errors.ts';
import { bodyLimit, type RequestProblem } from './errors.ts';
import { findUnstorable } from './storable.ts';

type RouteTable = typeof routes;

/** What a handler is given: everything checked by the schemas of its route. */
export interface Asked<N extends RouteName> {
  params: z.output<RouteTable[N]['params']>;
  query: z.output<RouteTable[N]['query']>;
  body: z.output<RouteTable[N]['body']>;
  request: Request;
  response: Response;
}

type Handler<N extends RouteName> = (asked: Asked<N>) => Promise<z.input<RouteTable[N]['answer']>>;

/** One handler for every route of the table; a missing one does not compile. */
export type Handlers = { [N in RouteName]: Handler<N> };

/** Reads a JSON body; placed behind the check of who asks, so that strangers can't make us read. */
export const readJson: RequestHandler = (request, response, next) => {
  const late = setTimeout(() => request.destroy(), jsonMs);
  parseJson(request, response, (error?: unknown) => {
    clearTimeout(late);
    next(error);
  });
};

const parseJson = express.json({ limit: bodyLimit });
/** For a JSON body to arrive whole; all of them are small. */
const jsonMs = 60_000;

/** Mounts the whole table; `requireVisitor` stands before every route that is not public. */
export function mountRoutes(router: Router, handlers: Handlers, requireVisitor: RequestHandler): void {
  for (const name of Object.keys(routes) as RouteName[]) mountRoute(router, name, handlers[name], requireVisitor);
}

function mountRoute<N extends RouteName>(router: Router, name: N, handler: Handler<N>, requireVisitor: RequestHandler): void {
  const route: Route = routes[name];
  const method = route.method.toLowerCase() as Lowercase<Route['method']>;
  const guards = route.isPublic ? [readJson] : [requireVisitor, readJson];
  router[method](route.path, ...guards, async (request, response) => {
    // The schemas are those of N, which TypeScript can't follow through the lookup.
    const asked = { ...readRequest(route, request), request, response } as Asked<N>;
    response.json(await handler(asked));
  });
}

/** @throws BAD_REQUEST with a path for every field that does not fit */
function readRequest(route: Route, request: Request) {
  const problems: RequestProblem[] = [];
  const params = check(route.params, request.params, problems);
  const query = check(route.query, request.query, problems);
  const body = check(route.body, bodyOf(request, route.body), problems);
  if (problems.length > 0) throw new FlowError('BAD_REQUEST', { problems });
  return { params, query, body };
}

/** Checks a value outside the table, with the same answer. */
export function parseOrRefuse<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const problems: RequestProblem[] = [];
  const parsed = check(schema, value, problems);
  if (parsed === undefined) throw new FlowError('BAD_REQUEST', { problems });
  return parsed;
}

/** The checked value; undefined, with what is wrong added to `problems`, when it does not fit. */
function check<T extends z.ZodType>(schema: T, value: unknown, problems: RequestProblem[]): z.output<T> | undefined {
  const unstorable = findUnstorable(value);
  if (unstorable) {
    problems.push(unstorable);
    return undefined;
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  problems.push(...parsed.error.issues.slice(0, 50).map(({ path, message }) => ({ path: path.map(String).join('.'), message })));
  return undefined;
}

/** No body stands for `null` where the route takes none, and for an object without fields where it takes one. */
export function bodyOf(request: Request, schema: z.ZodType): unknown {
  if (request.body !== undefined) return request.body;
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (hasBody) throw new FlowError('BAD_REQUEST', { problems: [{ path: '', message: 'Content-Type must be application/json' }] });
  return schema instanceof z.ZodNull ? null : {};
}
