import { useMemo } from 'react';
import type { FlowEdge, FlowNode } from '../../shared/flow.ts';
import { portsOf } from '../../shared/ports.ts';
import type { Problem } from '../../shared/problem.ts';
import { nameOf } from './document.ts';
import { laneOf } from './edge-route.ts';
import { sizeOf } from './node-size.ts';
import type { CanvasEdge } from './edge-view.tsx';
import type { CanvasNode } from './node-view.tsx';
import { nodeLabel, problemCount } from './roles.ts';
import { useEditor, type EditorState } from './store.ts';

/** The drawing as React Flow wants it. A node that did not change stays the same object, so that only changed nodes are drawn again. */
export function useCanvasElements(
  isReadOnly: boolean,
  stateOf: (nodeId: string) => string | undefined,
): { nodes: CanvasNode[]; edges: CanvasEdge[] } {
  const { nodes, edges } = useEditor((state) => state.document);
  const { nodeIds, edgeIds } = useEditor((state) => state.selection);
  const problems = useEditor((state) => state.problems);
  const stopId = useEditor(tabStop);

  const canvasNodes = useMemo(() => {
    const byNode = Map.groupBy(problems, (problem) => problem.nodeId);
    return nodes.map((node) =>
      kept({
        ...canvasNode(node, byNode.get(node.id) ?? noProblems, stateOf(node.id), nodeIds.has(node.id), isReadOnly),
        domAttributes: node.id === stopId ? isTabStop : isNoTabStop,
      }),
    );
  }, [nodes, problems, nodeIds, isReadOnly, stateOf, stopId]);

  const canvasEdges = useMemo(() => {
    const byId = new Map(nodes.map((node) => [node.id, node]));
    const byEdge = Map.groupBy(problems, (problem) => problem.edgeId);
    return edges.map((edge) => keptEdge(edge, canvasEdge(edge, byId, byEdge.get(edge.id) ?? noProblems, edgeIds.has(edge.id), isReadOnly)));
  }, [nodes, edges, problems, edgeIds, isReadOnly]);

  return { nodes: canvasNodes, edges: canvasEdges };
}

/** The whole drawing is one stop of Tab: the node the keyboard was at last. From there on the arrows go. */
export function tabStop({ rovingId, document: { nodes } }: EditorState): string | undefined {
  return rovingId !== null && idsOf(nodes).has(rovingId) ? rovingId : nodes[0]?.id;
}

const ids = new WeakMap<FlowNode[], Set<string>>();

/** Found once for all that ask. */
function idsOf(nodes: FlowNode[]): Set<string> {
  const known = ids.get(nodes) ?? new Set(nodes.map(({ id }) => id));
  ids.set(nodes, known);
  return known;
}

const isTabStop = { tabIndex: 0 };
const isNoTabStop = { tabIndex: -1 };

const noProblems: Problem[] = [];

function canvasEdge(
  { id, from, to, port = '' }: FlowEdge,
  nodes: ReadonlyMap<string, FlowNode>,
  problems: Problem[],
  selected: boolean,
  isReadOnly: boolean,
): CanvasEdge {
  const [source, target] = [nodes.get(from), nodes.get(to)];
  const [fromName, toName] = [source ? nameOf(source) : from, target ? nameOf(target) : to];
  const outputs = source ? portsOf(source).outputs : [];
  const label = outputs.find((output) => output.port === port)?.label ?? '';
  return {
    id,
    type: 'flow',
    source: from,
    sourceHandle: port === '' ? null : port,
    target: to,
    selected,
    domAttributes: isNoTabStop,
    ariaLabel: [`Connection from ${fromName}${label === '' ? '' : `, ${label},`} to ${toName}`, problemCount(problems)]
      .filter(Boolean)
      .join(', '),
    data: { fromName, toName, lane: source ? laneOf(source, port) : 0, problems, isReadOnly },
  };
}

function canvasNode(node: FlowNode, problems: Problem[], state: string | undefined, selected: boolean, isReadOnly: boolean): CanvasNode {
  const size = sizeOf(node);
  return {
    id: node.id,
    type: 'flow',
    position: node.position,
    ...size,
    // The size is known, so nothing needs to be measured before the first painting.
    measured: size,
    selected,
    ariaLabel: nodeLabel(node, problems, state),
    data: { node, problems, isReadOnly },
  };
}

/** What was last made of a node of the drawing. */
const made = new WeakMap<FlowNode, CanvasNode>();

function kept(wanted: CanvasNode): CanvasNode {
  const old = made.get(wanted.data.node);
  if (old && isSame(old, wanted)) return old;
  made.set(wanted.data.node, wanted);
  return wanted;
}

function isSame(a: CanvasNode, b: CanvasNode): boolean {
  return (
    a.data.isReadOnly === b.data.isReadOnly &&
    a.selected === b.selected &&
    a.ariaLabel === b.ariaLabel &&
    a.domAttributes === b.domAttributes &&
    areSameProblems(a.data.problems, b.data.problems)
  );
}

/** The flow is checked anew after each change; what is said of most nodes stays. */
function areSameProblems(a: Problem[], b: Problem[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ code, message, level }, index) => code === b[index]?.code && message === b[index].message && level === b[index].level)
  );
}

const madeEdges = new WeakMap<FlowEdge, CanvasEdge>();

function keptEdge(edge: FlowEdge, wanted: CanvasEdge): CanvasEdge {
  const old = madeEdges.get(edge);
  if (old && old.selected === wanted.selected && old.ariaLabel === wanted.ariaLabel && isSameData(old.data, wanted.data)) return old;
  madeEdges.set(edge, wanted);
  return wanted;
}

function isSameData(a: CanvasEdge['data'], b: CanvasEdge['data']): boolean {
  return a?.lane === b?.lane && a?.isReadOnly === b?.isReadOnly && areSameProblems(a?.problems ?? [], b?.problems ?? []);
}
