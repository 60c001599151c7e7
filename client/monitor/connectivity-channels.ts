import type { FlowView } from '../../shared/api/flows.ts';
import { nodeName } from '../../shared/catalog/define.ts';
import { describeType } from '../../shared/catalog/index.ts';
import type { FlowNode } from '../../shared/flow.ts';

export interface Channel {
  /** Names it within its flow, and in the address. */
  node: string;
  drawing: 'deployed' | 'draft';
  label: string;
  /** As drawn. */
  source: FlowNode;
}

/** The channels of a flow: as deployed, and as drawn where that differs. */
export function channelsOf({
  draft,
  deployedDocument,
  deployment,
}: Pick<FlowView, 'draft' | 'deployedDocument' | 'deployment'>): Channel[] {
  const deployed = deployedDocument ? senders(deployedDocument.nodes) : [];
  const isDeployed = (node: FlowNode) =>
    deployed.some(({ id, config }) => id === node.id && JSON.stringify(config) === JSON.stringify(node.config));
  const version = deployment ? `, deployed v${deployment.version}` : ', deployed';
  return [
    ...deployed.map((source) => ({ node: source.id, drawing: 'deployed' as const, label: `${nameOf(source)}${version}`, source })),
    ...senders(draft.nodes)
      .filter((node) => !isDeployed(node))
      .map((source) => ({ node: source.id, drawing: 'draft' as const, label: `${nameOf(source)}, draft`, source })),
  ];
}

const senders = (nodes: FlowNode[]) => nodes.filter(({ type }) => describeType(type)?.role === 'sender');
const nameOf = (node: FlowNode) => nodeName(node, describeType(node.type));
