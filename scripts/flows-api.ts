import { routes, type RouteAnswer, type RouteBody, type RouteName, type RouteParams, type RouteQuery } from '../shared/api.ts';
import { errorAnswerSchema } from '../shared/api/route.ts';

const deadlineMs = 60_000;

interface Args<N extends RouteName> {
  params?: RouteParams<N>;
  query?: RouteQuery<N>;
  body?: RouteBody<N>;
}

/** Calls a route of the API. @throws Error whose message says what happened and what to do */
export type Api = <N extends RouteName>(name: N, args: Args<N>) => Promise<RouteAnswer<N>>;

/** Of the server that MAILROOM_URL names, as who MAILROOM_API_TOKEN says. */
export function connectToApi(environment: NodeJS.ProcessEnv): Api {
  const base = environment['MAILROOM_URL'] ?? 'http://127.0.0.1:8025';
  const token = environment['MAILROOM_API_TOKEN'];
  if (!token) throw new Error('MAILROOM_API_TOKEN is missing. Create a token under Security, API tokens, and set it in the environment.');
  return async (name, { params = {}, query = {}, body }) => {
    const { method, path, answer } = routes[name];
    const filled = path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(String((params as Record<string, unknown>)[key])));
    const url = new URL(`/api/v1${filled}`, base);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, String(value));
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(deadlineMs),
    }).catch((cause: unknown) => {
      throw new Error(`${base} can't be reached. Check MAILROOM_URL, and that Mailroom runs.`, { cause });
    });
    const text = await response.text();
    if (!response.ok) throw new Error(refusal(text, response.status));
    // The answer is that of N, which TypeScript can't follow through the lookup.
    return answer.parse(JSON.parse(text)) as RouteAnswer<typeof name>;
  };
}

function refusal(text: string, status: number): string {
  try {
    const { message, remedy } = errorAnswerSchema.parse(JSON.parse(text));
    return `${message} ${remedy}`;
  } catch {
    return `The server answered with HTTP ${status}. Is MAILROOM_URL that of Mailroom?`;
  }
}
