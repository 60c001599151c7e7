import type { LogLevelView } from '../../shared/api/log-levels.ts';
import { FlowError } from '../../shared/errors.ts';
import { logLevelTable } from '../../shared/log-levels.ts';
import type { LogLevel } from '../ports/trace.ts';
import { existingMessage } from './messages.ts';
import type { HttpParts } from './parts.ts';
import type { Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

export function logLevelRoutes(parts: HttpParts): Pick<Handlers, 'getLogLevel' | 'setLogLevel' | 'getMessagePayloads'> {
  const { traces, flows, deployments, events } = parts;

  /** @throws NOT_FOUND */
  async function existingFlow(id: string) {
    const flow = await flows.get(id);
    if (!flow) throw new FlowError('NOT_FOUND', { what: 'flow', id });
    return flow;
  }

  return {
    async getLogLevel({ params: { id } }) {
      await existingFlow(id);
      return presentLogLevel(await traces.level(id));
    },

    async setLogLevel({ params: { id }, body: { level, minutes }, request, note }) {
      const { name } = await existingFlow(id);
      // Undeploying ends it: what is not deployed has none.
      const deployment = await deployments.get(id);
      if (level !== 'info' && (!deployment || deployment.state === 'Stopping')) throw new FlowError('FLOW_NOT_DEPLOYED', { flow: name });
      const before = await traces.level(id);
      const by = nameOf(visitorOf(request));
      const after = await traces.setLevel(id, { level, minutes: minutes ?? logLevelTable[level].minutes, by });
      note({ name, before: presentLogLevel(before), after: presentLogLevel(after) });
      events.publish({ kind: 'deployment', id });
      return presentLogLevel(after);
    },

    async getMessagePayloads({ params: { id }, query: { attempt }, note }) {
      const { flowId } = await existingMessage(parts, id);
      note({ flowId });
      // What is kept is asked for last: it may expire between the two.
      const payloads = await traces.payloads(id, attempt);
      const kept = (await traces.keptOf(id)).get(attempt);
      if (!kept) return { kept: null, steps: [] };
      return {
        kept: { level: kept.level, until: kept.until.toISOString() },
        steps: payloads.map(({ position, fromPosition, snapshot }) => ({ position, from: fromPosition, message: snapshot })),
      };
    },
  };
}

function presentLogLevel({ level, until, setBy }: LogLevel): LogLevelView {
  return { level, until: until?.toISOString() ?? null, setBy };
}
