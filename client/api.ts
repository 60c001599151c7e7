import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { routeTable } from 'virtual:route-table';
import type { RouteAnswer, RouteBody, RouteName, RouteParams, RouteQuery } from '../shared/api.ts';

/** The longest wait for an answer, in ms. */
const deadlineMs = 30_000;

// What an object without required properties is assignable from.
// oxlint-disable-next-line typescript/no-generated-empty-object-type
type Nothing = Record<never, never>;

type Given<Key extends string, Value> = Nothing extends Value ? Partial<Record<Key, Value>> : Record<Key, Value>;

/** What a call needs: `params` of the path, `query` and `body`, each only where the route has them. */
export type RouteArgs<N extends RouteName> = Given<'params', RouteParams<N>> &
  Given<'query', RouteQuery<N>> &
  (RouteBody<N> extends null ? { body?: undefined } : { body: RouteBody<N> });

type OptionalArgs<N extends RouteName> = Nothing extends RouteArgs<N> ? [args?: RouteArgs<N>] : [args: RouteArgs<N>];

interface AnyArgs {
  params?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
}

interface ErrorAnswer {
  code: string;
  message: string;
  remedy: string;
  details?: string;
  requestId?: string;
  problems?: { path: string; message: string }[];
}

/** A refusal of the server, or a server that can't be reached (`code` NETWORK): what happened and what to do. */
export class ApiError extends Error {
  readonly code: string;
  readonly remedy: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly details: string | undefined;
  readonly requestId: string | undefined;
  /** Wrong fields of the body, by path. */
  readonly problems: { path: string; message: string }[];

  constructor(error: ErrorAnswer, status: number, cause?: unknown) {
    super(error.message, { cause });
    this.name = 'ApiError';
    this.code = error.code;
    this.remedy = error.remedy;
    this.status = status;
    this.details = error.details;
    this.requestId = error.requestId;
    this.problems = error.problems ?? [];
  }

  /** What is wrong with one field of the body. */
  problemOf(path: string): string | undefined {
    return this.problems.find((problem) => problem.path === path)?.message;
  }
}

/** Calls one route of `shared/api.ts`. @throws ApiError */
export async function call<N extends RouteName>(name: N, ...[args]: OptionalArgs<N>): Promise<RouteAnswer<N>> {
  return callUntil(name, (args ?? {}) as RouteArgs<N>);
}

/** Like `call`, ended by `signal` or after another time. */
export async function callUntil<N extends RouteName>(
  name: N,
  args: RouteArgs<N>,
  signal?: AbortSignal,
  timeoutMs = deadlineMs,
): Promise<RouteAnswer<N>> {
  const route = routeTable[name];
  const { params = {}, query = {}, body }: AnyArgs = args;
  const deadline = AbortSignal.timeout(timeoutMs);
  const response = await send(apiPath(route.path, params, query), {
    method: route.method,
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    timeoutMs,
  });
  const answer = await readJson(response);
  if (!response.ok) throw errorOf(answer, response);
  // The server's types say that its answer is the one of N; both are built from the same table.
  return answer as RouteAnswer<N>;
}

/** `/api/v1` + path with its parameters + query; empty and undefined values of the query are left out. */
export function apiPath(path: string, params: Record<string, unknown> = {}, query: Record<string, unknown> = {}): string {
  const filled = path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(String(params[key])));
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return `/api/v1${filled}${search ? `?${search}` : ''}`;
}

async function send(url: string, { timeoutMs, ...init }: RequestInit & { timeoutMs: number }): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    const isLate = cause instanceof DOMException && cause.name === 'TimeoutError';
    throw new ApiError(
      {
        code: 'NETWORK',
        message: isLate ? `Mailroom did not answer within ${timeoutMs / 1_000} s.` : 'Mailroom can’t be reached.',
        remedy: 'Check that the server is running and that you are connected to it, then try again.',
      },
      0,
      cause,
    );
  }
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notUnderstood(response, cause);
  }
}

function errorOf(answer: unknown, response: Response): ApiError {
  return isErrorAnswer(answer) ? new ApiError(answer, response.status) : notUnderstood(response, answer);
}

/** Anything may answer in the place of the server, a proxy for instance. */
function isErrorAnswer(answer: unknown): answer is ErrorAnswer {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    ['code', 'message', 'remedy'].every((key) => typeof Reflect.get(answer, key) === 'string')
  );
}

function notUnderstood(response: Response, cause: unknown): ApiError {
  return new ApiError(
    {
      code: 'ANSWER_NOT_UNDERSTOOD',
      message: `The answer of the server (HTTP ${response.status}) could not be read.`,
      remedy: 'Reload the page: the server may have been updated. If it stays, look into its log.',
    },
    response.status,
    cause,
  );
}

/** Any thrown value as an ApiError, to show it. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(
    { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), remedy: 'Reload the page and try again.' },
    0,
    error,
  );
}

/**
 * Reads a route and keeps it fresh: live events name the route whose answers have changed (see live.ts).
 * `everyMs`: for answers that change without an event.
 */
export function useRoute<N extends RouteName>(
  name: N,
  args: RouteArgs<N>,
  options: {
    isEnabled?: boolean;
    /** Reads it again after so many ms, for what no event tells of. */
    everyMs?: number;
    /** The answer never changes. */
    isFixed?: boolean;
  } = {},
): UseQueryResult<RouteAnswer<N>, ApiError> {
  return useQuery({
    queryKey: [name, args],
    queryFn: async ({ signal }) => callUntil(name, args, signal),
    enabled: options.isEnabled ?? true,
    refetchInterval: options.everyMs ?? false,
    ...(options.isFixed ? { staleTime: 'static' as const } : {}),
  });
}
