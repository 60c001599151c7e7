import { useMemo } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { useEditor } from './store.ts';
import type { Tone } from '../ui/tone.ts';

/**
 * What is painted onto nodes and connections besides the drawing itself: counters, the way of a message, differences, hits of a search.
 * Each source sets its own layer and knows nothing of the others.
 */
export type MarkLayer = 'live' | 'run' | 'simulation' | 'difference' | 'search' | 'dirty';

export interface Badge {
  /** Name of a lucide icon, as in the catalog. */
  icon: string;
  /** Also what is read aloud. */
  text: string;
  tone: Tone;
}

export interface NodeMark {
  tone?: Tone;
  hasRing?: boolean;
  isFaded?: boolean;
  badges?: Badge[];
  /** Below the name, instead of the subtitle. */
  line?: string;
  /** Added to what is read aloud. */
  spoken?: string;
}

export interface EdgeMark {
  tone?: Tone;
  isFaded?: boolean;
  isTravelled?: boolean;
  label?: string;
}

export interface Marks {
  nodes: ReadonlyMap<string, NodeMark>;
  edges: ReadonlyMap<string, EdgeMark>;
}

export type MarkLayers = Partial<Record<MarkLayer, Marks>>;

/** Those behind win where two say something of the same thing; badges add up. */
const order: MarkLayer[] = ['dirty', 'live', 'difference', 'simulation', 'run', 'search'];

export function nodeMark(layers: MarkLayers, id: string): NodeMark | undefined {
  return merged(nodeMarks(layers, id));
}

function nodeMarks(layers: MarkLayers, id: string): NodeMark[] {
  return order.flatMap((layer) => layers[layer]?.nodes.get(id) ?? []);
}

function merged(marks: NodeMark[]): NodeMark | undefined {
  if (marks.length < 2) return marks[0];
  return { ...Object.assign({}, ...marks), badges: marks.flatMap(({ badges = [] }) => badges) };
}

export function edgeMark(layers: MarkLayers, id: string): EdgeMark | undefined {
  return mergedOfEdge(edgeMarks(layers, id));
}

function edgeMarks(layers: MarkLayers, id: string): EdgeMark[] {
  return order.flatMap((layer) => layers[layer]?.edges.get(id) ?? []);
}

function mergedOfEdge(marks: EdgeMark[]): EdgeMark | undefined {
  return marks.length < 2 ? marks[0] : Object.assign({}, ...marks);
}

/** Drawn again only when a mark of this node is another object. */
export function useNodeMark(id: string): NodeMark | undefined {
  const marks = useEditor(useShallow((state) => nodeMarks(state.marks, id)));
  return useMemo(() => merged(marks), [marks]);
}

export function useEdgeMark(id: string): EdgeMark | undefined {
  const marks = useEditor(useShallow((state) => edgeMarks(state.marks, id)));
  return useMemo(() => mergedOfEdge(marks), [marks]);
}
