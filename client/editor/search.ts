import { configView, shownFields, type AnyDescription, type Field } from '../../shared/catalog/define.ts';
import { describeType } from '../../shared/catalog/index.ts';
import type { FlowDocument, FlowNode } from '../../shared/flow.ts';
import { nameOf } from './document.ts';
import { kindOf } from './roles.ts';

/** One place of the drawing where a text was found. */
export interface Hit {
  /** Of a node or a note. */
  nodeId: string;
  /** Absent: found in the name or the kind of the node. */
  field?: string;
  label: string;
  excerpt: Excerpt;
}

/** What was found, with a little of what stands around it. */
export interface Excerpt {
  before: string;
  match: string;
  after: string;
}

/** So much of a value stands before and behind what was found in it. */
const around = { before: 24, after: 48 };

/**
 * Finds a text, without regard to case, in the name, the kind and every shown value of each node: those typed, those that are defaults,
 * and the words shown for choices. And in the text of notes.
 *
 * @returns in the order in which the nodes are read, from left to right; notes last; nothing for an empty text
 */
export function searchFlow({ nodes, notes = [] }: FlowDocument, text: string): Hit[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return [];
  const read = [...nodes].sort((a, b) => a.position.x - b.position.x || a.position.y - b.position.y);
  const hitsIn = (nodeId: string, { text: shown, ...where }: NodeText): Hit[] => {
    const at = shown.toLowerCase().indexOf(wanted);
    return at < 0 ? [] : [{ nodeId, ...where, excerpt: excerptOf(shown, at, wanted.length) }];
  };
  return [
    ...read.flatMap((node) => textsOf(node).flatMap((shown) => hitsIn(node.id, shown))),
    ...notes.flatMap((note) => hitsIn(note.id, { label: 'Text', text: note.text })),
  ];
}

interface NodeText {
  field?: string;
  label: string;
  text: string;
}

/** Making them takes a look at each field; a node that did not change has them still. */
const known = new WeakMap<FlowNode, NodeText[]>();

function textsOf(node: FlowNode): NodeText[] {
  const old = known.get(node);
  if (old) return old;
  const description = describeType(node.type);
  const texts = [
    { label: 'Name', text: nameOf(node) },
    { label: 'Type', text: kindOf(node.type) },
    ...(description ? valuesOf(description, node) : []),
  ];
  known.set(node, texts);
  return texts;
}

function valuesOf(description: AnyDescription, node: FlowNode): NodeText[] {
  const view = configView(description, node.config);
  return shownFields(description, node.config)
    .filter(({ key }) => key !== 'name')
    .flatMap((field): NodeText[] => {
      const text = textOf(field, view[field.key], view);
      return text === '' ? [] : [{ field: field.key, label: field.info.label, text }];
    });
}

function textOf({ info }: Field, value: unknown, view: Readonly<Record<string, unknown>>): string {
  const options = typeof info.options === 'function' ? info.options(view) : info.options;
  if (typeof value === 'string' && options?.[value] !== undefined) return options[value];
  return leavesOf(value).join(' ');
}

/** What can be read of a value; a list of conditions is the texts in them. */
function leavesOf(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  // The port of a route is no text that anybody sees.
  return Object.entries(value).flatMap(([key, part]) => (key === 'port' ? [] : leavesOf(part)));
}

function excerptOf(text: string, at: number, length: number): Excerpt {
  const [start, end] = [Math.max(0, at - around.before), at + length + around.after];
  return {
    before: `${start > 0 ? '…' : ''}${text.slice(start, at)}`,
    match: text.slice(at, at + length),
    after: `${text.slice(at + length, end)}${end < text.length ? '…' : ''}`,
  };
}
