import { describeType } from '../../shared/catalog/index.ts';
import type { FlowDocument, FlowEdge, FlowNode, FlowNote } from '../../shared/flow.ts';
import { portsOf } from '../../shared/ports.ts';
import { nameOf } from '../editor/document.ts';
import { noteTitle } from '../editor/notes.ts';

/**
 * A drawing as text: what follows each other stands below each other, and the ways out of a branch stand one level deeper. A node that
 * several ways lead to appears where the first of them comes to it; the others end in a link.
 */
export type OutlineItem = NodeItem | WayItem | LinkItem | OpenItem | NoteItem;

interface Item {
  /** The same as long as the drawing has it. */
  key: string;
  children: OutlineItem[];
}

export interface NodeItem extends Item {
  kind: 'node';
  node: FlowNode;
  /** The connection it is reached by; absent where a sequence starts. */
  edgeId?: string;
  /** No message comes to it. */
  isCutOff: boolean;
}

/** One way out of a branch; without children it leads nowhere. */
export interface WayItem extends Item {
  kind: 'way';
  from: string;
  port: string;
  label: string;
  edgeId?: string;
}

/** A node that stands elsewhere. */
export interface LinkItem extends Item {
  kind: 'link';
  edgeId: string;
  to: FlowNode;
}

/** The end of a sequence that must not end there. */
export interface OpenItem extends Item {
  kind: 'open';
  from: string;
  port: string;
}

export interface NoteItem extends Item {
  kind: 'note';
  note: FlowNote;
}

/** Notes, which no message comes to, stand last. */
export function outlineOf(flow: FlowDocument): OutlineItem[] {
  const byId = new Map(flow.nodes.map((node) => [node.id, node]));
  const outOf = Map.groupBy(flow.edges, ({ from }) => from);
  const seen = new Set<string>();

  const sequence = (start: string, startEdgeId: string | undefined, isCutOff: boolean): OutlineItem[] => {
    const items: OutlineItem[] = [];
    let edgeId = startEdgeId;
    for (let id: string | undefined = start; id !== undefined;) {
      const node = byId.get(id);
      if (!node) return items;
      if (seen.has(id)) {
        if (edgeId !== undefined) items.push({ kind: 'link', key: `link ${edgeId}`, edgeId, to: node, children: [] });
        return items;
      }
      seen.add(id);
      const ways = waysOf(node, outOf.get(id) ?? []);
      const item: NodeItem = {
        kind: 'node',
        key: nodeKey(id),
        node,
        children: [],
        isCutOff: isCutOff && edgeId === undefined,
        ...(edgeId === undefined ? {} : { edgeId }),
      };
      items.push(item);
      const [first] = ways;
      if (ways.length > 1) {
        item.children = ways.map((way) => wayItem(node, way));
        return items;
      }
      if (first && !first.edge) items.push({ kind: 'open', key: `open ${id}`, from: id, port: first.port, children: [] });
      edgeId = first?.edge?.id;
      id = first?.edge?.to;
    }
    return items;
  };
  const wayItem = (node: FlowNode, { port, label, edge }: Way): WayItem => ({
    kind: 'way',
    key: `way ${node.id} ${edge?.id ?? port}`,
    from: node.id,
    port,
    label,
    children: edge ? sequence(edge.to, edge.id, false) : [],
    ...(edge ? { edgeId: edge.id } : {}),
  });

  const isEntered = new Set(flow.edges.map(({ to }) => to));
  const isSender = ({ type }: FlowNode) => describeType(type)?.role === 'sender';
  const read = [...flow.nodes].sort((a, b) => a.position.x - b.position.x || a.position.y - b.position.y);
  const starts = [
    ...read.filter(isSender),
    ...read.filter((node) => !isSender(node) && !isEntered.has(node.id)),
    // Those of a circle, which an import may have drawn.
    ...read,
  ];
  const notes = flow.notes ?? [];
  return [
    ...starts.flatMap((node) => (seen.has(node.id) ? [] : sequence(node.id, undefined, !isSender(node)))),
    ...notes.map((note): NoteItem => ({ kind: 'note', key: nodeKey(note.id), note, children: [] })),
  ];
}

export function nodeKey(nodeId: string): string {
  return `node ${nodeId}`;
}

interface Way {
  port: string;
  label: string;
  edge?: FlowEdge;
}

/** In the order of the outputs, then of delivery. A connection from an output that is gone is listed, too: it has to be taken away. */
function waysOf(node: FlowNode, edges: FlowEdge[]): Way[] {
  const { outputs } = portsOf(node);
  const known = new Set(outputs.map(({ port }) => port));
  const ways = outputs.flatMap(({ port, label, unconnected }): Way[] => {
    const own = edges.filter((edge) => (edge.port ?? '') === port);
    if (own.length > 0) return own.map((edge, index) => ({ port, edge, label: label || (own.length > 1 ? `Way ${index + 1}` : '') }));
    return outputs.length > 1 || unconnected === 'error' ? [{ port, label }] : [];
  });
  const lost = edges.filter((edge) => !known.has(edge.port ?? ''));
  return [...ways, ...lost.map((edge) => ({ port: edge.port ?? '', label: 'From an output that is gone', edge }))];
}

/** One line of the outline as it stands. */
export interface OutlineRow {
  item: OutlineItem;
  level: number;
  /** Place among its siblings, from 1. */
  place: number;
  siblings: number;
  parentKey: string | undefined;
}

/** The lines from the top, without those below a closed item. */
export function rowsOf(items: OutlineItem[], closed: ReadonlySet<string>, level = 1, parentKey?: string): OutlineRow[] {
  return items.flatMap((item, index) => [
    { item, level, place: index + 1, siblings: items.length, parentKey },
    ...(closed.has(item.key) ? [] : rowsOf(item.children, closed, level + 1, item.key)),
  ]);
}

/** Where an arrow key leads from a line, as in any tree: up, down, to the first and last, in and out. */
export function rowAfter(
  rows: OutlineRow[],
  at: string,
  key: string,
  closed: ReadonlySet<string>,
): { to: string } | { toggle: string } | undefined {
  const index = rows.findIndex(({ item }) => item.key === at);
  const row = rows[index];
  if (!row) return undefined;
  const to = (next: OutlineRow | undefined) => next && { to: next.item.key };
  const isOpen = row.item.children.length > 0 && !closed.has(row.item.key);
  if (key === 'ArrowDown') return to(rows[index + 1]);
  if (key === 'ArrowUp') return to(rows[index - 1]);
  if (key === 'Home') return to(rows[0]);
  if (key === 'End') return to(rows.at(-1));
  if (key === 'ArrowRight') return isOpen ? to(rows[index + 1]) : row.item.children.length > 0 ? { toggle: at } : undefined;
  if (key === 'ArrowLeft') return isOpen ? { toggle: at } : row.parentKey === undefined ? undefined : { to: row.parentKey };
  return undefined;
}

/** What a line is called beside its icon. */
export function itemName(item: OutlineItem): string {
  if (item.kind === 'node') return nameOf(item.node);
  if (item.kind === 'link') return `on to ${nameOf(item.to)}`;
  if (item.kind === 'open') return 'Leads nowhere';
  if (item.kind === 'note') return noteTitle(item.note);
  return item.children.length === 0 ? `${item.label}: leads nowhere` : item.label;
}
