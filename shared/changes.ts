import { configView, shownFields, type AnyDescription } from './catalog/define.ts';
import { flowSettings } from './catalog/flow-settings.ts';
import { describeType } from './catalog/index.ts';
import type { FlowDocument, FlowNode } from './flow.ts';

/** How a drawing differs from the deployed one. */
export interface Changes {
  added: string[];
  removed: string[];
  changed: string[];
  /** Connections drawn or deleted between nodes that exist in both. */
  rewired: number;
  /** The settings of the flow as a whole. */
  hasOtherSettings: boolean;
  count: number;
}

/** Compares what two drawings would do: positions, hidden fields and values typed equal to the default don't count. */
export function changesBetween(deployed: FlowDocument, draft: FlowDocument): Changes {
  const before = new Map(deployed.nodes.map((node) => [node.id, node]));
  const after = new Map(draft.nodes.map((node) => [node.id, node]));
  const added = draft.nodes.filter((node) => !before.has(node.id)).map((node) => node.id);
  const removed = deployed.nodes.filter((node) => !after.has(node.id)).map((node) => node.id);
  const changed = draft.nodes
    .filter((node) => {
      const old = before.get(node.id);
      return old !== undefined && effect(old) !== effect(node);
    })
    .map((node) => node.id);

  const inBoth = ({ edges }: FlowDocument) =>
    edges
      .filter(({ from, to }) => [from, to].every((id) => before.has(id) && after.has(id)))
      .map(({ from, to, port = '' }) => `${from}\n${port}\n${to}`);
  const [oldEdges, newEdges] = [inBoth(deployed), inBoth(draft)];
  const differing = newEdges.filter((edge) => !oldEdges.includes(edge)).length + oldEdges.filter((edge) => !newEdges.includes(edge)).length;
  // The same connections in another order: copies of the message are then delivered in another order.
  const reordered = differing === 0 && oldEdges.join() !== newEdges.join() ? 1 : 0;
  // A splice or a healed deletion rewires its neighbours; people see one change, not three.
  const rewired = added.length + removed.length > 0 ? 0 : differing + reordered;
  const hasOtherSettings = settingsEffect(deployed) !== settingsEffect(draft);
  const count = added.length + removed.length + changed.length + rewired + (hasOtherSettings ? 1 : 0);
  return { added, removed, changed, rewired, hasOtherSettings, count };
}

/** What a node is to the runtime, as text to compare. */
function effect(node: FlowNode): string {
  const description = describeType(node.type);
  return description ? configEffect(description, node.config) : JSON.stringify(node.config);
}

function settingsEffect({ settings = {} }: FlowDocument): string {
  return configEffect(flowSettings, settings);
}

function configEffect(description: AnyDescription, typed: Record<string, unknown>): string {
  const view = configView(description, typed);
  return JSON.stringify(shownFields(description, typed).map(({ key }) => [key, view[key]]));
}
