import { randomUUID } from 'node:crypto';
import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import { asFlowError, FlowError, type ErrorParams, type ErrorView } from '../../shared/errors.ts';
import type { errorAnswerSchema } from '../../shared/api/route.ts';
import type { Logger } from '../ports/common.ts';
import type { z } from 'zod';

export type ErrorAnswer = z.input<typeof errorAnswerSchema>;
export type RequestProblem = ErrorParams<'BAD_REQUEST'>['problems'][number];

export const bodyLimit = '2 MB';

const requestIds = new WeakMap<Request, string>();

/** Gives every request an id, in the answer's `X-Request-Id` and in the log. */
export const numberRequests: RequestHandler = (request, response, next) => {
  const id = randomUUID();
  requestIds.set(request, id);
  response.set('X-Request-Id', id);
  next();
};

export function requestIdOf(request: Request): string {
  return requestIds.get(request) ?? '';
}

/** The last handler: whatever was thrown leaves as `{ code, message, remedy, … }` with the status of the error table. */
export function answerErrors(log: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    // A request that broke off, too, whatever reading it came to.
    if (isVisitorGone(thrown) || (request.destroyed && !request.complete)) {
      response.destroy();
      return;
    }
    const requestId = requestIdOf(request);
    const error = recognise(thrown);
    const facts = { requestId, method: request.method, path: request.path, code: error.code };
    if (isUnexpected(error)) log.error({ ...facts, ...causeFacts(thrown) }, error.message);
    else log.info(facts, error.message);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    // A download may have announced a length or a file name before it failed, a sign-in its cookie.
    for (const name of ['Content-Length', 'Content-Disposition', 'ETag', 'Set-Cookie']) response.removeHeader(name);
    if (isLimit(error)) response.set('Retry-After', String(error.params.seconds));
    response.set('Cache-Control', 'no-store').status(error.status).json(errorAnswer(error, requestId));
  };
}

export function errorAnswer(error: FlowError, requestId: string): ErrorAnswer {
  return { ...visible(error), requestId, ...(isBadRequest(error) ? { problems: error.params.problems } : {}) };
}

/** What people may see of an error. Words of an unexpected one may hold anything, SQL parameters for one: they stay in the log. */
function visible(error: FlowError): ErrorView {
  const view = error.view();
  if (error.code === 'INTERNAL') delete view.details;
  return view;
}

/** The view of anything thrown, for answers that hold an error without being one; logs what was not expected. */
export function viewOfThrown(thrown: unknown, log: Logger, text: string): ErrorView {
  const error = recognise(thrown);
  if (isUnexpected(error)) log.error({ code: error.code, ...causeFacts(thrown) }, text);
  return visible(error);
}

function isUnexpected({ code }: FlowError): boolean {
  return code === 'INTERNAL' || code === 'DATABASE_UNAVAILABLE' || code === 'DATABASE_DISK_FULL';
}

function isBadRequest(error: FlowError): error is FlowError<'BAD_REQUEST'> {
  return error.code === 'BAD_REQUEST';
}

function isLimit(error: FlowError): error is FlowError<'TOO_MANY_ATTEMPTS'> {
  return error.code === 'TOO_MANY_ATTEMPTS';
}

function badRequest(message: string, cause: unknown): FlowError<'BAD_REQUEST'> {
  return new FlowError('BAD_REQUEST', { problems: [{ path: '', message }] }, { cause });
}

/** The error to answer with, for anything thrown. */
export function recognise(thrown: unknown): FlowError {
  if (thrown instanceof FlowError) return thrown;
  if (property(rootCause(thrown), 'code') === '53100') return new FlowError('DATABASE_DISK_FULL', {}, { cause: thrown });
  if (isDatabaseAway(thrown)) return new FlowError('DATABASE_UNAVAILABLE', {}, { cause: thrown });
  const type = property(thrown, 'type');
  const status = property(thrown, 'status');
  if (type === 'entity.too.large') return new FlowError('BODY_TOO_LARGE', { limit: bodyLimit }, { cause: thrown });
  if (type === 'entity.parse.failed') return badRequest('the body is not valid JSON', thrown);
  // body-parser, serve-static and the router mark what the caller did wrong with a status.
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return badRequest(thrown instanceof Error ? thrown.message : 'not valid', thrown);
  }
  return asFlowError(thrown);
}

/** The visitor closed the window during a download: nobody waits for an answer, and nothing went wrong. */
function isVisitorGone(thrown: unknown): boolean {
  return property(thrown, 'code') === 'ERR_STREAM_PREMATURE_CLOSE' || property(thrown, 'name') === 'AbortError';
}

const lostConnection = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', '57P01', '57P02', '57P03', '53300']);

/** Errors of node-postgres that say the server is away, restarting or full (PostgreSQL, appendix A), below whoever wrapped them. */
function isDatabaseAway(thrown: unknown): boolean {
  const root = rootCause(thrown);
  const code = property(root, 'code');
  if (typeof code === 'string' && (lostConnection.has(code) || code.startsWith('08'))) return true;
  return root instanceof Error && /^(Connection terminated|timeout exceeded when trying to connect)/.test(root.message);
}

/** Message of the innermost error and stack without messages: those of database errors repeat parameters. */
function causeFacts(thrown: unknown) {
  const root = rootCause(thrown);
  const frames = thrown instanceof Error ? (thrown.stack ?? '').split('\n').filter((line) => line.startsWith('    at ')) : [];
  return { cause: root instanceof Error ? root.message : String(root), at: frames.slice(0, 8).map((line) => line.trim()) };
}

function rootCause(thrown: unknown): unknown {
  let error = thrown;
  for (let depth = 0; depth < 10 && error instanceof Error && error.cause !== undefined; depth++) error = error.cause;
  return error;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
