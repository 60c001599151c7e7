import { useMemo } from 'react';
import type { FlowNode } from '../../shared/flow.ts';
import { portsOf } from '../../shared/ports.ts';
import type { Problem } from '../../shared/problem.ts';
import { nameOf } from './document.ts';
import { sizeOf } from './node-size.ts';
import type { CanvasEdge } from './edge-view.tsx';
import type { CanvasNode } from './node-view.tsx';
import { nodeLabel } from './roles.ts';
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

  const canvasNodes = useMemo(
    () =>
      nodes.map((node) =>
        kept({
          ...canvasNode(node, problems, stateOf(node.id), nodeIds.has(node.id), isReadOnly),
          domAttributes: node.id === stopId ? isTabStop : isNoTabStop,
        }),
      ),
    [nodes, problems, nodeIds, isReadOnly, stateOf, stopId],
  );

  const canvasEdges = useMemo(() => {
    const names = new Map(nodes.map((node) => [node.id, nameOf(node)]));
    const outputs = new Map(nodes.flatMap(outputEntries));
    return edges.map(({ id, from, to, port = '' }): CanvasEdge => {
      const { label = '', lane = 0 } = outputs.get(`${from}\n${port}`) ?? {};
      const [fromName, toName] = [names.get(from) ?? from, names.get(to) ?? to];
      return {
        id,
        type: 'flow',
        source: from,
        sourceHandle: port === '' ? null : port,
        target: to,
        selected: edgeIds.has(id),
        domAttributes: isNoTabStop,
        ariaLabel: `Connection from ${fromName}${label === '' ? '' : `, ${label},`} to ${toName}`,
        data: { fromName, toName, lane, isReadOnly },
      };
    });
  }, [nodes, edges, edgeIds, isReadOnly]);

  return { nodes: canvasNodes, edges: canvasEdges };
}

/** The whole drawing is one stop of Tab: the node the keyboard was at last. From there on the arrows go. */
export function tabStop({ rovingId, document: { nodes } }: EditorState): string | undefined {
  // Each node asks after each change.
  const known = stops.get(nodes);
  if (known?.rovingId === rovingId) return known.stop;
  const stop = (nodes.find(({ id }) => id === rovingId) ?? nodes[0])?.id;
  stops.set(nodes, { rovingId, stop });
  return stop;
}

const stops = new WeakMap<FlowNode[], { rovingId: string | null; stop: string | undefined }>();

const isTabStop = { tabIndex: 0 };
const isNoTabStop = { tabIndex: -1 };

/** The outputs of a node by its id and their port. Those of several turn in lanes of their own, so that they can be told apart. */
function outputEntries(node: FlowNode): [string, { label: string; lane: number }][] {
  const { outputs } = portsOf(node);
  return outputs.map(({ port, label }, index) => [`${node.id}\n${port}`, { label, lane: index - (outputs.length - 1) / 2 }]);
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
    ariaLabel: nodeLabel(
      node,
      problems.filter((problem) => problem.nodeId === node.id),
      state,
    ),
    data: { node, isReadOnly },
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
    a.domAttributes === b.domAttributes
  );
}
