import { z } from 'zod';
import { allConditions, matchSchema, maxConditions, maxGroupDepth, needsValue, partsSchema } from './conditions.ts';
import { describe, field, type Output, type Rule } from './define.ts';

/** Where messages go for which no route holds. */
export const otherwisePort = 'otherwise';

export const routeSchema = z.object({
  /** Named once and kept, so that connections stay when routes are renamed or reordered. */
  port: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, 'the port of a route is up to 40 small letters, digits and "-"')
    .refine((port) => port !== otherwisePort, `no route may have the port '${otherwisePort}'`),
  name: z.string().trim().min(1, 'give each route a name').max(60, 'at most 60 characters'),
  match: matchSchema.default('all'),
  conditions: partsSchema(maxGroupDepth).refine(
    (conditions) => allConditions({ conditions }).length <= maxConditions,
    `at most ${maxConditions} conditions in a route`,
  ),
});
export type Route = z.output<typeof routeSchema>;

const config = z.object({
  name: field(z.string().trim().max(100).default('Router'), { tab: 'General', label: 'Name', control: 'text' }),
  // No default, which would take the outputs from the canvas while a route is unfinished.
  routes: field(z.array(routeSchema).max(20, 'at most 20'), {
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
  rules: [portsDiffer, isTaken, comparesWithSomething, namesDiffer],
  ports: { outputs: (view) => outputs(view as Partial<RouterConfig>) },
  checklist: [],
  subtitle: (view) => {
    const count = outputs({ ...view, otherwise: 'stop' }).length;
    return count === 0 ? 'no route yet' : `${count} route${count === 1 ? '' : 's'}`;
  },
});

/** Also of a router that is still being filled in. */
function outputs({ routes = [], otherwise = 'route' }: Partial<RouterConfig>): Output[] {
  const known = Array.isArray(routes) ? routes : [];
  const ways = known.flatMap((route: Partial<Route> | null, index): Output[] => {
    const { port, name } = route ?? {};
    return typeof port === 'string' && port !== '' ? [{ port, label: name || `Route ${index + 1}`, unconnected: 'error' }] : [];
  });
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

function isTaken({ routes }: RouterConfig): ReturnType<Rule<RouterConfig>> {
  const asked = routes.map(({ match, conditions }) => JSON.stringify(conditions.length === 1 ? conditions : [match, conditions]));
  const at = asked.findIndex((conditions, index) => asked.indexOf(conditions) !== index);
  const [never, earlier] = [routes[at], routes[asked.indexOf(asked[at] ?? '')]];
  if (!never || !earlier) return undefined;
  return {
    field: 'routes',
    port: never.port,
    level: 'warning',
    code: 'ROUTE_NEVER_TAKEN',
    message: `No message takes the route '${never.name}': '${earlier.name}' above it has the same conditions.`,
    remedy: 'Change the conditions of one of them.',
  };
}

function comparesWithSomething({ routes }: RouterConfig): ReturnType<Rule<RouterConfig>> {
  for (const route of routes) {
    const empty = allConditions(route).find(
      ({ operator, value }) => value === '' && needsValue(operator) && !operator.startsWith('equals'),
    );
    if (!empty) continue;
    return {
      field: 'routes',
      port: route.port,
      level: 'warning',
      code: 'VALUE_EMPTY',
      message: `The route '${route.name}' compares ${empty.subject} with nothing.`,
      remedy: 'Type the value to compare with.',
    };
  }
  return undefined;
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
