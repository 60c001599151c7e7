import { otherwisePort, router, type RouterConfig } from '../../shared/catalog/router.ts';
import { FlowError } from '../../shared/errors.ts';
import type { Step } from '../ports/steps.ts';
import { holds } from './conditions.ts';

/** Sends a message along the first route whose conditions hold. */
export const routerStep: Step<RouterConfig> = {
  type: router.type,
  run(message, { routes, otherwise }, context) {
    const taken = routes.find((route) => holds(route, message, context));
    if (taken) return { to: 'next', port: taken.port, message, summary: `takes the route '${taken.name}'` };
    if (otherwise === 'fail') throw new FlowError('NO_ROUTE', { routes: routes.length });
    if (otherwise === 'stop') return { to: 'stop', message, summary: 'no route holds: the message ends here' };
    return { to: 'next', port: otherwisePort, message, summary: "no route holds: takes 'Otherwise'" };
  },
};
