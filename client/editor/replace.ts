import { fieldsOf, type NodeDescription, type Output } from '../../shared/catalog/define.ts';
import { catalog, describeType } from '../../shared/catalog/index.ts';
import type { FlowDocument, FlowEdge, FlowNode } from '../../shared/flow.ts';
import { portsOf } from '../../shared/ports.ts';
import { findNode, nameOf, newEdge, newNode } from './document.ts';

/** What may stand in the place of a node: another type that takes what comes in and lets out what goes on. */
export function replacementsOf({ nodes, edges }: FlowDocument, id: string): NodeDescription[] {
  const node = nodes.find((candidate) => candidate.id === id);
  if (!node) return [];
  const isFollowed = edges.some((edge) => edge.from === id);
  const { hasInput } = portsOf(node);
  return catalog.filter(({ type, role }) => {
    if (type === node.type) return false;
    const ports = portsOf({ ...node, type, config: {} });
    return ports.hasInput === hasInput && (role === 'sender') === !hasInput && (!isFollowed || ports.outputs.length > 0);
  });
}

/**
 * Puts another type in the place of a node. Its id and place stay, a name that a person gave, and each field of equal key whose value the
 * new type takes. Connections leave by the output of equal label, else by the one at the same place; what left by a further output
 * that the new type lacks is taken away: joined to another one, it would get messages that were not meant for it.
 */
export function replaceNode(document: FlowDocument, id: string, type: string): FlowDocument {
  const old = findNode(document, id);
  const description = replacementsOf(document, id).find((candidate) => candidate.type === type);
  if (!old || !description) return document;
  const node = { ...newNode(without(document, id), type, old.position), id };
  node.config = { ...node.config, ...keptFields(old, description) };

  const [before, after] = [portsOf(old).outputs, portsOf(node).outputs];
  const edges = document.edges.flatMap((edge): FlowEdge[] => {
    if (edge.from !== id) return [edge];
    const output = sameOutput(before, after, edge.port ?? '');
    return output ? [newEdge(id, edge.to, output.port)] : [];
  });
  return { ...document, nodes: document.nodes.map((candidate) => (candidate.id === id ? node : candidate)), edges };
}

function without({ nodes, ...document }: FlowDocument, id: string): FlowDocument {
  return { ...document, nodes: nodes.filter((node) => node.id !== id) };
}

function keptFields(old: FlowNode, description: NodeDescription): Record<string, unknown> {
  const kept = fieldsOf(description).filter(({ key, type }) => {
    const value = old.config[key];
    return value !== undefined && !(key === 'name' && isNameOfItsType(old)) && type.safeParse(value).success;
  });
  return Object.fromEntries(kept.map(({ key }) => [key, old.config[key]]));
}

/** "Filter" or "Filter 2", which was given to it by itself. */
function isNameOfItsType(node: FlowNode): boolean {
  const title = describeType(node.type)?.title;
  return title !== undefined && nameOf(node).replace(/ \d+$/, '') === title;
}

function sameOutput(before: Output[], after: Output[], port: string): Output | undefined {
  const at = before.findIndex((output) => output.port === port);
  const label = before[at]?.label;
  return after.find((output) => label !== '' && output.label === label) ?? after[Math.max(0, at)];
}
