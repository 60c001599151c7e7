import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { routes, type RouteAnswer, type RouteBody, type RouteName, type RouteParams, type RouteQuery } from '../../shared/api.ts';
import { errorAnswerSchema } from '../../shared/api/route.ts';
import type { z } from 'zod';

/** Who the client is: a program with a token, a browser with a cookie, or nobody. */
export interface ClientIdentity {
  token?: string;
  cookie?: string;
}

export interface CallArgs<N extends RouteName> {
  params?: RouteParams<N>;
  query?: RouteQuery<N>;
  body?: RouteBody<N>;
}

/** A refusal of the API. */
export class ApiRefusal extends Error {
  readonly status: number;
  readonly answer: z.output<typeof errorAnswerSchema>;

  constructor(status: number, answer: z.output<typeof errorAnswerSchema>) {
    super(`${status} ${answer.code}: ${answer.message}`);
    this.status = status;
    this.answer = answer;
  }
}

/**
 * Calls the API over a real socket, typed by the table of routes. An answer with a field that is not in the table is a failure:
 * nothing may leave the server that nobody listed.
 *
 * @param url of the server, without a path
 */
export function httpClient(url: string, identity: ClientIdentity = {}) {
  const headers: Record<string, string> = {
    ...(identity.token === undefined ? {} : { authorization: `Bearer ${identity.token}` }),
    ...(identity.cookie === undefined ? {} : { cookie: identity.cookie }),
  };

  /** @param path below `/api/v1` */
  async function send(method: string, path: string, body?: unknown, more: Record<string, string> = {}): Promise<Response> {
    return fetch(`${url}/api/v1${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...more },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
  }

  async function call<N extends RouteName>(name: N, args: CallArgs<N> = {}): Promise<RouteAnswer<N>> {
    return (await callWithResponse(name, args)).answer;
  }

  async function callWithResponse<N extends RouteName>(
    name: N,
    { params, query, body }: CallArgs<N> = {},
  ): Promise<{ answer: RouteAnswer<N>; response: Response }> {
    const route = routes[name];
    const response = await send(route.method, filledPath(route.path, { ...params }, { ...query }), body);
    const answer: unknown = await response.json();
    if (!response.ok) throw new ApiRefusal(response.status, errorAnswerSchema.parse(answer));
    const parsed = route.answer.parse(answer);
    if (!isDeepStrictEqual(parsed, answer)) throw new Error(`${name} answered with more than the table says: ${JSON.stringify(answer)}`);
    // The answer schema is that of N, which TypeScript can't follow through the lookup.
    return { answer: parsed as RouteAnswer<N>, response };
  }

  return { url, headers, send, call, callWithResponse };
}

export type HttpClient = ReturnType<typeof httpClient>;

function filledPath(path: string, params: object, query: object): string {
  const values = new Map<string, unknown>(Object.entries(params));
  const filled = path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(String(values.get(key))));
  const search = new URLSearchParams(
    Object.entries(query)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, String(value)]),
  ).toString();
  return search === '' ? filled : `${filled}?${search}`;
}

/** The `Cookie` header a browser would send after an answer. */
export function cookieAfter(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ');
}

/** One request with headers that `fetch` would not let through, such as Host. */
export function rawRequest(
  url: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: false, timeout: 20_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      response.once('error', reject);
    });
    request.once('error', reject);
    request.end(body);
  });
}
