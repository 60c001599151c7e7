import { z } from 'zod';
import { conditionGroupSchema, conditionsIn, hasEmptyGroup, needsValue, type ConditionGroup } from './conditions.ts';
import { describe, field, type ConfigView, type FieldProblem, type Output } from './define.ts';

export const maxRoutes = 20;
/** The output for messages that no route fits. */
export const otherwisePort = 'otherwise';

const routeSchema = z.object({
  /** Made once, when the route is added: connections hold on to it, whatever the route is called and wherever it stands. */
  port: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'its port has letters, digits, "-" and "_" only')
    .refine((port) => port !== otherwisePort, `no route may have the port '${otherwisePort}'`),
  name: z.string().trim().min(1, 'a route needs a name').max(100),
  when: conditionGroupSchema,
});
export type Route = z.output<typeof routeSchema>;

/** A route as it is added to a drawing. */
export function newRoute(name: string): Route {
  const when: ConditionGroup = { match: 'all', of: [{ subject: 'header.subject', operator: 'contains', value: '' }] };
  return { port: `route-${crypto.randomUUID().slice(0, 8)}`, name, when };
}

const config = z.object({
  name: field(z.string().trim().max(100).default('Router'), { tab: 'General', label: 'Name', control: 'text' }),
  // No default, so that routes not finished yet keep their outputs on the canvas.
  routes: field(z.array(routeSchema).max(maxRoutes, `at most ${maxRoutes} routes`), {
    tab: 'Routes',
    label: 'Routes',
    control: 'routes',
    required: true,
    initial: () => [newRoute('Route 1')],
    help: 'Tried from top to bottom: the message takes the first one whose conditions hold. Upper and lower case are the same.',
  }),
  otherwise: field(z.enum(['route', 'stop', 'fail']).default('route'), {
    tab: 'Routes',
    section: 'When no route fits',
    label: 'Otherwise',
    control: 'radio',
    options: { route: 'Take a route of its own', stop: 'End here as COMPLETED', fail: 'End here as FAILED' },
  }),
  otherwiseName: field(z.string().trim().min(1).max(100).default('Otherwise'), {
    tab: 'Routes',
    section: 'When no route fits',
    label: 'Name of this route',
    control: 'text',
    when: (c) => c['otherwise'] === 'route',
    whenText: 'Otherwise is Take a route of its own',
  }),
});
export type RouterConfig = z.output<typeof config>;

const typedRoutes = z
  .array(z.object({ port: z.string().min(1), name: z.string().trim().catch('') }).catch({ port: '', name: '' }))
  .catch([]);

/** Routes of a drawing, finished or not, by port and name. */
function routesOf(view: ConfigView): { port: string; name: string }[] {
  return typedRoutes
    .parse(view['routes'] ?? [])
    .map(({ port, name }, index) => ({ port, name: name || `Route ${index + 1}` }))
    .filter(({ port }) => port !== '');
}

function outputsOf(view: ConfigView): Output[] {
  const routes = routesOf(view).map(({ port, name }): Output => ({ port, label: name, unconnected: 'error' }));
  if (view['otherwise'] !== 'route') return routes;
  return [...routes, { port: otherwisePort, label: String(view['otherwiseName']), unconnected: 'error' }];
}

type RouteProblem = Pick<FieldProblem, 'level' | 'code' | 'message' | 'remedy'>;

/** The first route with something wrong; `earlier` are those above it. */
function firstWrong(find: (route: Route, earlier: Route[]) => RouteProblem | undefined) {
  return ({ routes }: RouterConfig): FieldProblem | undefined => {
    for (const [index, route] of routes.entries()) {
      const problem = find(route, routes.slice(0, index));
      if (problem) return { field: 'routes', port: route.port, ...problem };
    }
    return undefined;
  };
}

export const router = describe({
  type: 'router',
  role: 'step',
  title: 'Router',
  icon: 'route',
  summary: 'Sends each message along one of several routes: the first whose conditions hold.',
  config,
  ports: { outputs: outputsOf },
  rules: [
    firstWrong((route) =>
      hasEmptyGroup(route.when)
        ? {
            level: 'error',
            code: 'ROUTE_WITHOUT_CONDITION',
            message: `Route '${route.name}' has ${route.when.of.length === 0 ? 'no condition' : 'a group without a condition'}.`,
            remedy: 'Add a condition, or delete it.',
          }
        : undefined,
    ),
    firstWrong((route, earlier) =>
      earlier.some(({ port }) => port === route.port)
        ? {
            level: 'error',
            code: 'DUPLICATE_PORT',
            message: `Route '${route.name}' has the same port as an earlier one.`,
            remedy: 'Delete it and add it again.',
          }
        : undefined,
    ),
    firstWrong((route, earlier) => {
      const same = earlier.find(({ when }) => JSON.stringify(when) === JSON.stringify(route.when));
      return same
        ? {
            level: 'warning',
            code: 'ROUTE_NEVER_TAKEN',
            message: `No message takes route '${route.name}': route '${same.name}' above it has the same conditions.`,
            remedy: 'Change the conditions of one of them.',
          }
        : undefined;
    }),
    firstWrong((route) => {
      const empty = conditionsIn(route.when).find(
        ({ operator, value }) => needsValue(operator) && !operator.startsWith('equals') && value === '',
      );
      return empty
        ? {
            level: 'warning',
            code: 'VALUE_EMPTY',
            message: `Route '${route.name}' compares ${empty.subject} with nothing.`,
            remedy: 'Type the value to compare with.',
          }
        : undefined;
    }),
    firstWrong((route, earlier) =>
      earlier.some(({ name }) => name.toLowerCase() === route.name.toLowerCase())
        ? {
            level: 'warning',
            code: 'ROUTE_NAME_TWICE',
            message: `Two routes are called '${route.name}'.`,
            remedy: 'Give each a name of its own, so that the log can be read.',
          }
        : undefined,
    ),
  ],
  checklist: [],
  subtitle: (view) => {
    const names = routesOf(view).map(({ name }) => name);
    const [first, second] = names;
    if (first === undefined) return 'no route yet';
    if (second === undefined) return `${first}, or else`;
    return names.length === 2 ? `${first}, ${second}` : `${first}, ${second}, +${names.length - 2}`;
  },
});
