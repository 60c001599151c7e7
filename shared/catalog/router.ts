import { z } from 'zod';
import { conditionSchema, matchSchema } from './conditions.ts';
import { describe, field, type Output, type Rule } from './define.ts';

/** Where messages go for which no route holds. */
export const otherwisePort = 'otherwise';

export const routeSchema = z.object({
  /** Named once and kept, so that connections stay when routes are renamed or reordered. */
  port: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .refine((port) => port !== otherwisePort),
  name: z.string().trim().min(1, 'give each route a name').max(60, 'at most 60 characters'),
  match: matchSchema.default('all'),
  conditions: z.array(conditionSchema).min(1, 'give each route a condition').max(50, 'at most 50 conditions'),
});
export type Route = z.output<typeof routeSchema>;

const config = z.object({
  name: field(z.string().trim().max(100).default('Router'), { tab: 'General', label: 'Name', control: 'text' }),
  routes: field(z.array(routeSchema).max(20, 'at most 20').default([]), {
    tab: 'Routes',
    label: 'Routes',
    control: 'routes',
    required: true,
    help: 'A message takes the first route whose conditions hold. Upper and lower case are the same.',
  }),
  otherwise: field(z.enum(['route', 'stop', 'fail']).default('route'), {
    tab: 'Routes',
    label: 'Otherwise',
    control: 'radio',
    options: { route: 'A route of its own', stop: 'The message ends here', fail: 'The message fails' },
    help: 'What happens to a message for which no route holds.',
  }),
});
export type RouterConfig = z.output<typeof config>;

export const router = describe({
  type: 'router',
  role: 'step',
  title: 'Router',
  icon: 'git-branch',
  summary: 'Sends each message along the first route whose conditions hold.',
  config,
  rules: [portsDiffer, namesDiffer],
  ports: { outputs: (view) => outputs(view as Partial<RouterConfig>) },
  checklist: [],
  subtitle: ({ routes }) => (routes.length === 0 ? 'no route yet' : `${routes.length} route${routes.length === 1 ? '' : 's'}`),
});

/** Also of a router that is still being filled in. */
function outputs({ routes = [], otherwise = 'route' }: Partial<RouterConfig>): Output[] {
  const known = Array.isArray(routes) ? routes : [];
  const ways = known.flatMap(({ port, name }, index): Output[] =>
    typeof port === 'string' && port !== '' ? [{ port, label: name || `Route ${index + 1}`, unconnected: 'error' }] : [],
  );
  return otherwise === 'route' ? [...ways, { port: otherwisePort, label: 'Otherwise', unconnected: 'error' }] : ways;
}

function portsDiffer({ routes }: RouterConfig): ReturnType<Rule<RouterConfig>> {
  if (new Set(routes.map(({ port }) => port)).size === routes.length) return undefined;
  return {
    field: 'routes',
    level: 'error',
    code: 'ROUTES_SHARE_PORT',
    message: 'Two routes leave by the same output.',
    remedy: 'Delete one of them and add it anew.',
  };
}

function namesDiffer({ routes }: RouterConfig): ReturnType<Rule<RouterConfig>> {
  const names = routes.map(({ name }) => name.toLowerCase());
  const twice = routes.find(({ name }, index) => names.indexOf(name.toLowerCase()) !== index);
  if (!twice) return undefined;
  return {
    field: 'routes',
    level: 'warning',
    code: 'ROUTE_NAME_TWICE',
    message: `Two routes are called '${twice.name}'.`,
    remedy: 'Give each a name of its own, so that the log can be read.',
  };
}
