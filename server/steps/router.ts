import { conditionsIn, conditionText, isGroup } from '../../shared/catalog/conditions.ts';
import { otherwisePort, router, type Route, type RouterConfig } from '../../shared/catalog/router.ts';
import { FlowError } from '../../shared/errors.ts';
import type { Step } from '../ports/steps.ts';
import { holds } from './conditions.ts';

/** Sends the message out by the first route whose conditions hold. The same message takes the same route each time it is tried. */
export const routerStep: Step<RouterConfig> = {
  type: router.type,
  run(message, { name, routes, otherwise, otherwiseName }, context) {
    const route = routes.find(({ when }) => holds(when, message, context));
    if (route) return { to: 'next', port: route.port, message, summary: summaryOf(route) };
    if (otherwise === 'fail') throw new FlowError('NO_ROUTE', { step: name, routes: routes.length });
    if (otherwise === 'stop') return { to: 'stop', message, summary: 'no route fits: ended here' };
    return { to: 'next', port: otherwisePort, message, summary: `no route fits: took '${otherwiseName}'` };
  },
};

function summaryOf({ name, when }: Route): string {
  const [first, ...others] = conditionsIn(when);
  const isSimple = first && others.length === 0 && !when.of.some(isGroup);
  const text = isSimple ? `took '${name}': ${conditionText(first)}` : `took '${name}'`;
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
