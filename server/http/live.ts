import { countedMessages, type LiveView, type NodeCounts } from '../../shared/api/live.ts';
import { FlowError } from '../../shared/errors.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import type { StepCount } from '../ports/logs.ts';
import type { HttpParts } from './parts.ts';
import type { Handlers } from './route.ts';

export function liveRoutes({ flows, deployments, messages }: HttpParts): Pick<Handlers, 'getFlowLive'> {
  return {
    async getFlowLive({ params: { id } }) {
      const [flow, deployment] = await Promise.all([flows.get(id), deployments.get(id)]);
      if (!flow) throw new FlowError('NOT_FOUND', { what: 'flow', id });
      if (!deployment) throw new FlowError('FLOW_NOT_DEPLOYED', { flow: flow.name });
      const { version } = deployment;
      const [deployed, counted] = await Promise.all([flows.version(id, version), messages.stepCounts(deployment, countedMessages)]);
      return { version, ...liveCounts(deployed?.document ?? { nodes: [], edges: [] }, counted) };
    },
  };
}

/** @param counted.counts per node, connection and outcome */
export function liveCounts(
  { edges }: FlowDocument,
  { messages, counts }: { messages: number; counts: StepCount[] },
): Pick<LiveView, 'messages' | 'nodes' | 'edges'> {
  const into = Map.groupBy(edges, (edge) => edge.to);
  const nodes = new Map<string, NodeCounts>();
  const perEdge = new Map<string, number>();
  for (const { nodeId, edgeId, outcome, count, lastAt } of counts) {
    const before = nodes.get(nodeId) ?? { completed: 0, stopped: 0, failed: 0, skipped: 0, running: 0, lastAt: '', isFailing: false };
    const at = lastAt.toISOString();
    const isNewest = at >= before.lastAt;
    nodes.set(nodeId, {
      ...before,
      [outcome]: before[outcome] + count,
      lastAt: isNewest ? at : before.lastAt,
      isFailing: isNewest ? outcome === 'failed' : before.isFailing,
    });
    // Steps from before their connection was kept: where only one leads to the node, they came by that.
    const ways = into.get(nodeId) ?? [];
    const way = edgeId ?? (ways.length === 1 ? ways[0]?.id : undefined);
    if (way !== undefined) perEdge.set(way, (perEdge.get(way) ?? 0) + count);
  }
  return { messages, nodes: Object.fromEntries(nodes), edges: Object.fromEntries(perEdge) };
}
