import type { DeploymentView } from '../../shared/api/flows.ts';
import type { DeploymentRow } from '../ports/flows.ts';
import type { HttpParts } from './parts.ts';
import { presentDeployment, presentIntakePause, type DeploymentFacts } from './present.ts';
import type { Handlers } from './route.ts';

type DeploymentParts = Pick<HttpParts, 'deployments' | 'polls' | 'messages' | 'clock'>;

export function deploymentRoutes(parts: HttpParts): Pick<Handlers, 'listDeployments' | 'listIntakePauses'> {
  return {
    async listDeployments() {
      const [rows, facts] = await Promise.all([parts.deployments.list(), readFacts(parts)]);
      return { items: rows.map((row) => presentDeployment(row, facts)), nextCursor: null };
    },

    listIntakePauses: async () => ({ items: (await parts.intakePressure.state()).map(presentIntakePause), nextCursor: null }),
  };
}

export async function deploymentView(parts: DeploymentParts, deployment: DeploymentRow): Promise<DeploymentView> {
  return presentDeployment(deployment, await readFacts(parts, deployment.flowId));
}

async function readFacts({ deployments, polls, messages, clock }: DeploymentParts, flowId?: string): Promise<DeploymentFacts> {
  const [channels, latestPolls, offers, counts] = await Promise.all([
    deployments.channels(flowId),
    polls.latest(),
    polls.offers(),
    messages.counts(flowId),
  ]);
  return { channels, latestPolls, offers, counts, now: clock.now() };
}
