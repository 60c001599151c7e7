import { initialConfig, nodeName } from '../../shared/catalog/define.ts';
import { flowSettings } from '../../shared/catalog/flow-settings.ts';
import { describeType } from '../../shared/catalog/index.ts';
import { portsOf, whyNotConnect } from '../../shared/ports.ts';
import type { FlowDocument, FlowEdge, FlowNode, Position } from '../../shared/flow.ts';
import { browserZone } from '../time-zones.ts';
import { sizeOf } from './node-size.ts';

/** What can be done to a drawing. Pure: each function returns a new document and leaves the old one as it was. */

/** Size of a new node on the canvas, in px at zoom 1; of one with several outputs see `sizeOf`. */
export const nodeSize = { width: 216, height: 64 };
/** Nodes lie on this grid, in px. */
export const gridPx = 8;
/** Distance between the left edges of two neighbours, in px. */
export const columnPx = 304;
/** Distance between the top edges of two rows, in px. */
export const rowPx = 104;

export interface Selection {
  nodeIds: ReadonlySet<string>;
  edgeIds: ReadonlySet<string>;
}

export const nothingSelected: Selection = { nodeIds: new Set(), edgeIds: new Set() };

export function findNode(document: FlowDocument, id: string): FlowNode | undefined {
  return document.nodes.find((node) => node.id === id);
}

/** The name people see, also in labels and announcements. */
export function nameOf(node: FlowNode): string {
  return nodeName(node, describeType(node.type));
}

/** A node of this type with a name that no other node of the drawing has. Its other fields are those of a new node. */
export function newNode(document: FlowDocument, type: string, position: Position): FlowNode {
  const description = describeType(type);
  const config = description ? initialConfig(description, { zone: browserZone() }) : {};
  const node: FlowNode = { id: newId(type), type, position: snap(position), config };
  return withFreeName(document.nodes, node);
}

export function addNode(document: FlowDocument, node: FlowNode): FlowDocument {
  return { ...document, nodes: [...document.nodes, node] };
}

/** Moves nodes and notes. */
export function moveNodes(document: FlowDocument, positions: ReadonlyMap<string, Position>): FlowDocument {
  if (positions.size === 0) return document;
  const moved = <T extends Placed>(things: T[]): T[] =>
    things.map((thing) => {
      const position = positions.get(thing.id);
      return position ? { ...thing, position } : thing;
    });
  const { nodes, notes } = document;
  return { ...document, nodes: moved(nodes), ...(notes?.some(({ id }) => positions.has(id)) ? { notes: moved(notes) } : {}) };
}

interface Placed {
  id: string;
  position: Position;
}

/** Nodes and notes: what has a place on the canvas. */
export function placedIn({ nodes, notes = [] }: FlowDocument): Placed[] {
  return [...nodes, ...notes];
}

/** Draws a connection; a drawing where it is not allowed comes back unchanged. Without a port, from the first output that leads nowhere. */
export function connect(document: FlowDocument, from: string, to: string, port = openPort(document, from)): FlowDocument {
  if (whyNotConnect(document, from, to, { port }) !== undefined) return document;
  return { ...document, edges: [...document.edges, newEdge(from, to, port)] };
}

/** The first output of a node that leads nowhere, else its first; `''` for the only one. */
export function openPort({ nodes, edges }: FlowDocument, id: string): string {
  const node = nodes.find((candidate) => candidate.id === id);
  const outputs = node ? portsOf(node).outputs : [];
  const open = outputs.find(({ port }) => !edges.some((edge) => edge.from === id && (edge.port ?? '') === port));
  return (open ?? outputs[0])?.port ?? '';
}

/** Draws a connection elsewhere, at its old place in the order of delivery; where that is not allowed the drawing comes back unchanged. */
export function reconnect(document: FlowDocument, edgeId: string, from: string, to: string, port = ''): FlowDocument {
  const wanted = newEdge(from, to, port);
  if (edgeId === wanted.id || whyNotConnect(document, from, to, { port, without: edgeId }) !== undefined) return document;
  return { ...document, edges: document.edges.map((edge) => (edge.id === edgeId ? wanted : edge)) };
}

/** Adds a node behind another one and connects the two. */
export function append(document: FlowDocument, from: string, node: FlowNode, port?: string): FlowDocument {
  return connect(addNode(document, node), from, node.id, port);
}

/**
 * Removes nodes, notes and edges. What came before a removed node is connected to what came after it, at the same place in the
 * order of delivery, where that connection is allowed.
 */
export function remove(document: FlowDocument, { nodeIds, edgeIds }: Selection): FlowDocument {
  const cut: FlowDocument = { ...document, edges: document.edges.filter((edge) => !edgeIds.has(edge.id)) };
  if (document.notes) cut.notes = document.notes.filter((note) => !nodeIds.has(note.id));
  return [...nodeIds].filter((id) => findNode(document, id)).reduce(removeNode, cut);
}

function removeNode(document: FlowDocument, id: string): FlowDocument {
  const removed = findNode(document, id);
  const targets = [...new Set(document.edges.filter((edge) => edge.from === id).map((edge) => edge.to))];
  // Behind a router each message took one way: with all of them connected to what came before, it would take every way.
  const next = targets.length > 1 && removed && portsOf(removed).outputs.length > 1 ? [] : targets;
  const nodes = document.nodes.filter((node) => node.id !== id);
  const untouched = document.edges.filter((edge) => edge.from !== id && edge.to !== id);
  const edges: FlowEdge[] = [];
  for (const edge of document.edges) {
    if (edge.from === id) continue;
    if (edge.to !== id) {
      edges.push(edge);
      continue;
    }
    for (const to of next) {
      const { port = '' } = edge;
      const drawing = { nodes, edges: [...untouched, ...edges] };
      if (whyNotConnect(drawing, edge.from, to, { port }) === undefined) edges.push(newEdge(edge.from, to, port));
    }
  }
  return { ...document, nodes, edges };
}

/** Why a node of this type must not be put on a connection, in words for the pointer; undefined when it may. */
export function whyNotSplice(type: string): string | undefined {
  const role = describeType(type)?.role;
  if (role === 'sender') return 'A sender starts the flow';
  if (role === 'receiver') return 'A receiver ends the flow';
  return undefined;
}

/** Puts a node into a connection A→C, so that it reads A→B→C; what follows moves to the right where there is no room. */
export function splice(document: FlowDocument, edgeId: string, node: FlowNode): FlowDocument {
  const edge = document.edges.find((candidate) => candidate.id === edgeId);
  if (!edge || whyNotSplice(node.type) !== undefined) return document;
  const onward = openPort({ nodes: [node], edges: [] }, node.id);
  const edges = document.edges.flatMap((candidate) =>
    candidate.id === edgeId ? [newEdge(edge.from, node.id, edge.port), newEdge(node.id, edge.to, onward)] : [candidate],
  );
  const others = document.nodes.filter((candidate) => candidate.id !== node.id);
  return makeRoom({ ...document, nodes: [...others, node], edges }, node, edge.to);
}

/** Where a node put into a connection lies: where it was dropped, but clear of its predecessor; by menu, between the two ends. */
export function splicePosition(document: FlowDocument, edge: FlowEdge, dropped?: Position): Position {
  const from = findNode(document, edge.from)?.position ?? { x: 0, y: 0 };
  const to = findNode(document, edge.to)?.position ?? from;
  const middle = { x: Math.max((from.x + to.x) / 2, from.x + columnPx), y: (from.y + to.y) / 2 };
  if (!dropped) return snap(middle);
  const isOnLine = Math.abs(dropped.y - middle.y) < nodeSize.height;
  return snap({ x: Math.max(dropped.x, from.x + columnPx), y: isOnLine ? middle.y : dropped.y });
}

function makeRoom(document: FlowDocument, node: FlowNode, nextId: string): FlowDocument {
  const next = findNode(document, nextId);
  const missing = next ? node.position.x + columnPx - next.position.x : 0;
  if (missing <= columnPx - nodeSize.width - 40) return document;
  const moved = new Map<string, Position>();
  const queue = [nextId];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    const follower = findNode(document, id);
    if (!follower || moved.has(id) || id === node.id) continue;
    moved.set(id, snap({ x: follower.position.x + missing, y: follower.position.y }));
    queue.push(...document.edges.filter((edge) => edge.from === id).map((edge) => edge.to));
  }
  return moveNodes(document, moved);
}

export function setField(document: FlowDocument, nodeId: string, key: string, value: unknown): FlowDocument {
  if (nodeId === wholeFlowId) return { ...document, settings: { ...document.settings, [key]: value } };
  return {
    ...document,
    nodes: document.nodes.map((node) => (node.id === nodeId ? { ...node, config: { ...node.config, [key]: value } } : node)),
  };
}

/** Stands for the flow as a whole where a node is named. */
export const wholeFlowId = '';

/** The settings of the flow as a node, as forms take them. */
export function settingsNode({ settings = {} }: FlowDocument): FlowNode {
  return { id: wholeFlowId, type: flowSettings.type, position: { x: 0, y: 0 }, config: settings };
}

/** Sets several fields of a node; the same drawing where nothing changes. */
export function setFields(document: FlowDocument, nodeId: string, values: Record<string, unknown>): FlowDocument {
  const isSame = ([key, value]: [string, unknown]) => findNode(document, nodeId)?.config[key] === value;
  return Object.entries(values)
    .filter((entry) => !isSame(entry))
    .reduce((changed, [key, value]) => setField(changed, nodeId, key, value), document);
}

/** Part of a drawing that can be put into another one: nodes, the edges among them, and notes. */
export function fragmentOf(document: FlowDocument, nodeIds: ReadonlySet<string>): FlowDocument {
  return {
    nodes: document.nodes.filter((node) => nodeIds.has(node.id)),
    edges: document.edges.filter((edge) => nodeIds.has(edge.from) && nodeIds.has(edge.to)),
    notes: document.notes?.filter((note) => nodeIds.has(note.id)),
  };
}

/** Puts a fragment into the drawing with new ids and free names, its top left corner at `at`. */
export function insertFragment(
  document: FlowDocument,
  fragment: FlowDocument,
  at: Position,
): { document: FlowDocument; nodeIds: string[] } {
  const left = Math.min(...placedIn(fragment).map(({ position }) => position.x));
  const top = Math.min(...placedIn(fragment).map(({ position }) => position.y));
  const placeOf = ({ position }: Placed) => snap({ x: at.x + position.x - left, y: at.y + position.y - top });
  const ids = new Map(fragment.nodes.map((node) => [node.id, newId(node.type)]));
  const nodes = [...document.nodes];
  for (const node of fragment.nodes) {
    nodes.push(withFreeName(nodes, { ...node, id: ids.get(node.id) ?? newId(node.type), position: placeOf(node) }));
  }
  const edges = fragment.edges.flatMap(({ from, to, port }) => {
    const [newFrom, newTo] = [ids.get(from), ids.get(to)];
    return newFrom !== undefined && newTo !== undefined ? [newEdge(newFrom, newTo, port)] : [];
  });
  const notes = (fragment.notes ?? []).map((note) => ({ ...note, id: newId('note'), position: placeOf(note) }));
  return {
    document: {
      ...document,
      nodes,
      edges: [...document.edges, ...edges],
      ...(notes.length > 0 ? { notes: [...(document.notes ?? []), ...notes] } : {}),
    },
    nodeIds: [...ids.values(), ...notes.map(({ id }) => id)],
  };
}

/** The node that covers a point, the last drawn first. */
export function nodeAt({ nodes }: FlowDocument, { x, y }: Position): FlowNode | undefined {
  return nodes.findLast((node) => {
    const { position } = node;
    const { width, height } = sizeOf(node);
    return x >= position.x && x <= position.x + width && y >= position.y && y <= position.y + height;
  });
}

/** The nearest place below `wanted` where a node covers no other. */
export function freePosition({ nodes }: FlowDocument, wanted: Position): Position {
  const isTaken = (at: Position) =>
    nodes.some((node) => {
      const { position } = node;
      const isBeside = at.y >= position.y + sizeOf(node).height + gridPx || at.y + nodeSize.height + gridPx <= position.y;
      return Math.abs(position.x - at.x) < nodeSize.width + gridPx && !isBeside;
    });
  let at = snap(wanted);
  while (isTaken(at)) at = { x: at.x, y: at.y + rowPx };
  return at;
}

export function snap({ x, y }: Position): Position {
  return { x: Math.round(x / gridPx) * gridPx, y: Math.round(y / gridPx) * gridPx };
}

export function newEdge(from: string, to: string, port = ''): FlowEdge {
  return port === '' ? { id: `${from}--${to}`, from, to } : { id: `${from}--${port}--${to}`, from, to, port };
}

// Not crypto.randomUUID: browsers have it only over HTTPS and on loopback.
export function newId(type: string): string {
  const random = crypto.getRandomValues(new Uint32Array(2));
  return `${type}-${[...random].map((part) => part.toString(36)).join('')}`;
}

function withFreeName(nodes: FlowNode[], node: FlowNode): FlowNode {
  const taken = new Set(nodes.map((other) => nameOf(other).toLowerCase()));
  const wanted = nameOf(node);
  if (!taken.has(wanted.toLowerCase())) return node;
  const stem = wanted.replace(/ \d+$/, '');
  let number = 2;
  while (taken.has(`${stem} ${number}`.toLowerCase())) number += 1;
  return { ...node, config: { ...node.config, name: `${stem} ${number}` } };
}
