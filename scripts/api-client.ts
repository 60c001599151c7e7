import { routes, type RouteAnswer, type RouteBody, type RouteName, type RouteParams, type RouteQuery } from '../shared/api.ts';
import { errorAnswerSchema, type Route } from '../shared/api/route.ts';

/** Calls one route of the API; rejects with what the server says. */
export type ApiClient = <N extends RouteName>(
  name: N,
  args: { params?: RouteParams<N>; query?: RouteQuery<N>; body?: RouteBody<N> },
) => Promise<RouteAnswer<N>>;

const deadlineMs = 30_000;

/** @param url of the server, without a path */
export function apiClient({ url, token }: { url: string; token: string }): ApiClient {
  return async (name, { params = {}, query = {}, body }) => {
    const route: Route = routes[name];
    const path = route.path.replaceAll(/:(\w+)/g, (_, key: string) => encodeURIComponent(String((params as Record<string, unknown>)[key])));
    const search = new URLSearchParams(Object.entries(query).map(([key, value]) => [key, String(value)]));
    const response = await fetch(`${url}/api/v1${path}?${search}`, {
      method: route.method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(deadlineMs),
    }).catch((cause: unknown) => {
      throw new Error(`No Mailroom answers at ${url}. Start it, or set MAILROOM_URL.`, { cause });
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) return route.answer.parse(answer) as RouteAnswer<typeof name>;
    const refusal = errorAnswerSchema.safeParse(answer);
    if (!refusal.success) throw new Error(`${url} answers ${response.status}, and not as a Mailroom does.`);
    throw new Error(`${refusal.data.message} ${refusal.data.remedy}`);
  };
}
