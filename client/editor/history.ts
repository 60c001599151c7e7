import type { FlowDocument } from '../../shared/flow.ts';

/**
 * Undo by gesture: a drag, a splice with everything it moved, or one burst of typing into one field is one entry.
 *
 * It knows drawings only, never the view or the selection, and belongs to one flow.
 */
export interface History {
  past: Entry[];
  future: Entry[];
  /** Open between `begin` and `commit`. */
  gesture?: { label: string; before: FlowDocument };
}

export interface Entry {
  /** What undo or redo takes back or repeats: "Move", "Delete Filter". */
  label: string;
  /** The drawing on the other side of this entry. */
  document: FlowDocument;
  /** Set while typing into the same field still belongs to this entry. */
  burst?: { key: string; at: number };
}

/** A pause longer than this, in ms, ends a burst of typing. */
export const burstMs = 1_500;
/** Older entries are forgotten. */
export const longestPast = 200;

export const emptyHistory: History = { past: [], future: [] };

/** Starts a gesture. Changes until `commit` are one entry; a gesture left open is committed by the next. */
export function begin(history: History, label: string, current: FlowDocument): History {
  return { ...commit(history, current), gesture: { label, before: current } };
}

/** Ends a gesture; one that changed nothing leaves no trace. */
export function commit(history: History, current: FlowDocument): History {
  if (!history.gesture) return history;
  const { gesture, ...rest } = history;
  return gesture.before === current ? rest : push(rest, { label: gesture.label, document: gesture.before });
}

/**
 * Notes a change that is complete in itself; inside a gesture it belongs to that.
 *
 * @param burst key of the field typed into, and now in ms: keystrokes into one field are one entry until a pause
 */
export function record(history: History, label: string, before: FlowDocument, burst?: { key: string; at: number }): History {
  if (history.gesture) return history;
  const last = history.past.at(-1);
  if (burst && last?.burst?.key === burst.key && burst.at - last.burst.at <= burstMs && history.future.length === 0) {
    return { ...history, past: [...history.past.slice(0, -1), { ...last, burst }] };
  }
  return push(history, burst ? { label, document: before, burst } : { label, document: before });
}

export interface Step {
  history: History;
  document: FlowDocument;
  label: string;
}

export function undo(history: History, current: FlowDocument): Step | undefined {
  const settled = commit(history, current);
  const entry = settled.past.at(-1);
  if (!entry) return undefined;
  return {
    label: entry.label,
    document: entry.document,
    history: { past: settled.past.slice(0, -1), future: [...settled.future, { label: entry.label, document: current }] },
  };
}

export function redo(history: History, current: FlowDocument): Step | undefined {
  const entry = history.gesture ? undefined : history.future.at(-1);
  if (!entry) return undefined;
  return {
    label: entry.label,
    document: entry.document,
    history: { past: [...history.past, { label: entry.label, document: current }], future: history.future.slice(0, -1) },
  };
}

function push({ past }: History, entry: Entry): History {
  return { past: [...past, entry].slice(-longestPast), future: [] };
}
