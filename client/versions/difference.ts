import { changesBetween, edgeChanges, fieldChanges, wayOf, type FieldChange } from '../../shared/changes.ts';
import type { FlowDocument, FlowEdge, FlowNode, Position } from '../../shared/flow.ts';
import { findNode, nameOf, nodeSize, rowPx } from '../editor/document.ts';
import type { Badge, EdgeMark, Marks, NodeMark } from '../editor/marks.ts';
import { kindOf } from '../editor/roles.ts';

export type DifferenceKind = 'added' | 'removed' | 'changed';

/** One line of what two drawings differ in. */
export interface DifferenceLine {
  key: string;
  kind: DifferenceKind;
  /** Absent for connections and for the flow as a whole. */
  nodeId?: string;
  title: string;
  /** Of what was changed. */
  fields: FieldChange[];
}

export interface Difference {
  /** Both drawings in one: the second, with what only the first has. */
  document: FlowDocument;
  marks: Marks;
  lines: DifferenceLine[];
}

const badges: Record<DifferenceKind, Badge> = {
  added: { icon: 'plus', text: 'Added', tone: 'good' },
  removed: { icon: 'minus', text: 'Removed', tone: 'bad' },
  changed: { icon: 'pencil-line', text: 'Changed', tone: 'warn' },
};

/** What somebody has who goes from one drawing to the other, as a picture and in words. */
export function differenceOf(from: FlowDocument, to: FlowDocument): Difference {
  const { added, removed, changed, rewired, hasOtherSettings, hasOtherParameters } = changesBetween(from, to);
  const edges = edgeChanges(from, to);
  const fields = Map.groupBy(fieldChanges(from, to), ({ nodeId }) => nodeId);
  const gone = new Set(removed);
  const nodes = [
    ...to.nodes,
    ...withRoom(
      to.nodes,
      from.nodes.filter(({ id }) => gone.has(id)),
    ),
  ];
  const document = { nodes, edges: [...to.edges, ...edges.removed.map(asRemoved)] };
  return {
    document,
    marks: {
      nodes: new Map([
        ...added.map((id) => [id, nodeMarkOf('added')] as const),
        ...removed.map((id) => [id, nodeMarkOf('removed')] as const),
        ...changed.map((id) => [id, nodeMarkOf('changed', fields.get(id))] as const),
      ]),
      edges: new Map([
        ...edges.added.map(({ id }) => [id, edgeMarkOf('added')] as const),
        ...edges.removed.map((edge) => [asRemoved(edge).id, edgeMarkOf('removed')] as const),
      ]),
    },
    lines: [
      ...added.map((id) => nodeLine('added', id, findNode(to, id))),
      ...removed.map((id) => nodeLine('removed', id, findNode(from, id))),
      ...changed.map((id) => nodeLine('changed', id, findNode(to, id), fields.get(id))),
      ...(hasOtherSettings
        ? [{ key: 'settings', kind: 'changed' as const, title: 'Settings of the flow', fields: fields.get(undefined) ?? [] }]
        : []),
      ...(hasOtherParameters ? [{ key: 'parameters', kind: 'changed' as const, title: 'Parameters', fields: [] }] : []),
      ...edges.added.map((edge) => edgeLine('added', edge, nodes)),
      ...edges.removed.map((edge) => edgeLine('removed', edge, nodes)),
      ...(rewired > 0 && edges.added.length + edges.removed.length === 0
        ? [{ key: 'order', kind: 'changed' as const, title: 'Order in which connected steps get their copy', fields: [] }]
        : []),
    ],
  };
}

function nodeMarkOf(kind: DifferenceKind, fields: FieldChange[] = []): NodeMark {
  const badge = badges[kind];
  const labels = fields.map(({ label }) => label).join(', ');
  return {
    tone: badge.tone,
    hasRing: true,
    isFaded: kind === 'removed',
    badges: [badge],
    spoken: labels ? `changed: ${labels}` : badge.text.toLowerCase(),
    ...(labels ? { line: labels } : {}),
  };
}

function edgeMarkOf(kind: 'added' | 'removed'): EdgeMark {
  return { tone: badges[kind].tone, isFaded: kind === 'removed', label: badges[kind].text };
}

/** Its id may be that of another connection of the second drawing. */
function asRemoved(edge: FlowEdge): FlowEdge {
  return { ...edge, id: `removed:${wayOf(edge)}` };
}

function nodeLine(kind: DifferenceKind, nodeId: string, node: FlowNode | undefined, fields: FieldChange[] = []): DifferenceLine {
  return { key: nodeId, kind, nodeId, title: node ? `${kindOf(node.type)} ‘${nameOf(node)}’` : nodeId, fields };
}

function edgeLine(kind: DifferenceKind, edge: FlowEdge, nodes: FlowNode[]): DifferenceLine {
  const [from, to] = [edge.from, edge.to].map((id) => {
    const node = nodes.find((candidate) => candidate.id === id);
    return node ? nameOf(node) : id;
  });
  return { key: `${kind} ${wayOf(edge)}`, kind, title: `Connection from ‘${from}’ to ‘${to}’`, fields: [] };
}

/** What was removed often lay where its replacement lies now: it is drawn in the next free row below. */
function withRoom(there: FlowNode[], removed: FlowNode[]): FlowNode[] {
  const taken = there.map(({ position }) => position);
  return removed.map((node) => {
    let { position } = node;
    while (taken.some((other) => overlaps(other, position))) position = { ...position, y: position.y + rowPx };
    taken.push(position);
    return { ...node, position };
  });
}

function overlaps(a: Position, b: Position): boolean {
  return Math.abs(a.x - b.x) < nodeSize.width && Math.abs(a.y - b.y) < rowPx * 0.8;
}
