import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { z } from 'zod';
import { routes, streamRoutes, type RouteName, type StreamName } from '../../shared/api.ts';
import type { Route, StreamRoute } from '../../shared/api/route.ts';
import { FlowError } from '../../shared/errors.ts';
import { mayAny } from '../../shared/roles.ts';
import type { DoneRequests } from '../ports/done-requests.ts';
import { bodyLimit, type RequestProblem } from './errors.ts';
import type { AuditTrail, Note } from './audit-trail.ts';
import type { Guard } from './guard.ts';
import { onceForKey } from './idempotency.ts';
import { withoutReceiverWords } from './receiver-words.ts';
import { knownVisitor } from './visitor.ts';
import { findUnstorable } from './storable.ts';

type RouteTable = typeof routes;
type StreamTable = typeof streamRoutes;

/** What a handler is given: everything checked by the schemas of its route. */
export interface Asked<N extends RouteName> {
  params: z.output<RouteTable[N]['params']>;
  query: z.output<RouteTable[N]['query']>;
  body: z.output<RouteTable[N]['body']>;
  /** Adds to the line of the audit log, where the route has one. */
  note: Note;
  request: Request;
  response: Response;
}

type Handler<N extends RouteName> = (asked: Asked<N>) => Promise<z.input<RouteTable[N]['answer']>>;

/** One handler for every route of the table; a missing one does not compile. */
export type Handlers = { [N in RouteName]: Handler<N> };

/** The same of a route that writes its answer itself. Where it names a `bodyType`, the body is still to be read from `request`. */
export interface AskedStream<N extends StreamName> {
  params: z.output<StreamTable[N]['params']>;
  query: z.output<StreamTable[N]['query']>;
  body: z.output<StreamTable[N]['body']>;
  note: Note;
  request: Request;
  response: Response;
}

type StreamHandler<N extends StreamName> = (asked: AskedStream<N>) => Promise<void>;

export type StreamHandlers = { [N in StreamName]: StreamHandler<N> };

/** Reads a JSON body; placed behind the check of who asks, so that strangers can't make us read. */
const readJson: RequestHandler = (request, response, next) => {
  const late = setTimeout(() => request.destroy(), jsonMs);
  parseJson(request, response, (error?: unknown) => {
    clearTimeout(late);
    next(error);
  });
};

const parseJson = express.json({ limit: bodyLimit });
/** For a JSON body to arrive whole; all of them are small. */
const jsonMs = 60_000;

/** What every request goes through. */
export interface Ways {
  guard: Guard;
  doneRequests: DoneRequests;
  trail: AuditTrail;
}

/** Mounts the whole table. */
export function mountRoutes(router: Router, handlers: Handlers, ways: Ways): void {
  for (const name of Object.keys(routes) as RouteName[]) mountRoute(router, name, handlers[name], ways);
}

function mountRoute<N extends RouteName>(router: Router, name: N, handler: Handler<N>, { guard, trail, doneRequests }: Ways): void {
  const route: Route = routes[name];
  router[methodOf(route)](route.path, ...guard(name, route), readJson, async (request, response) => {
    const read = readRequest(route, request);
    // The schemas are those of N, which TypeScript can't follow through the lookup.
    const run = async (note: Note) => shownTo(request, await handler({ ...read, note, request, response } as Asked<N>));
    const once = () => trail.around({ name, route, params: read.params, request }, run);
    if (route.method === 'GET' || route.may === 'anyone') response.json(await once());
    else
      response
        .type('json')
        .send(
          await onceForKey(doneRequests, { name, body: read.body, isKept: !route.answersOnce && route.audit !== 'view', request }, once),
        );
  });
}

function shownTo(request: Request, answer: unknown): unknown {
  return mayAny(knownVisitor(request)?.may ?? [], 'payload') ? answer : withoutReceiverWords(answer);
}

/** Mounts the table of streams. */
export function mountStreams(router: Router, handlers: StreamHandlers, ways: Ways): void {
  for (const name of Object.keys(streamRoutes) as StreamName[]) mountStream(router, name, handlers[name], ways);
}

function mountStream<N extends StreamName>(router: Router, name: N, handler: StreamHandler<N>, { guard, trail }: Ways): void {
  const route: StreamRoute = streamRoutes[name];
  const reading = route.bodyType === undefined ? [readJson] : [];
  router[methodOf(route)](route.path, ...guard(name, route), ...reading, async (request, response) => {
    const read = readRequest(route, request);
    const run = (note: Note) => handler({ ...read, note, request, response } as AskedStream<N>);
    await trail.around({ name, route, params: read.params, request }, run);
  });
}

function methodOf({ method }: Route | StreamRoute) {
  return method.toLowerCase() as Lowercase<Route['method']>;
}

/** @throws BAD_REQUEST with a path for every field that does not fit */
function readRequest(route: Route | StreamRoute, request: Request) {
  const problems: RequestProblem[] = [];
  const params = check(route.params, request.params, problems);
  const query = check(route.query, request.query, problems);
  const body = 'bodyType' in route ? null : check(route.body, bodyOf(request, route.body), problems);
  if (problems.length > 0) throw new FlowError('BAD_REQUEST', { problems });
  return { params, query, body };
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
function bodyOf(request: Request, schema: z.ZodType): unknown {
  if (request.body !== undefined) return request.body;
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (hasBody) throw new FlowError('BAD_REQUEST', { problems: [{ path: '', message: 'Content-Type must be application/json' }] });
  return schema instanceof z.ZodNull ? null : {};
}
