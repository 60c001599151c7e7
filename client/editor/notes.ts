import type { FlowDocument, FlowNote, Position } from '../../shared/flow.ts';
import { newId, snap } from './document.ts';

/** Remarks on the canvas. Pure: each function returns a new drawing. They are layout, and need no deploy. */

export const maxNotes = 200;
export const maxNoteText = 5_000;
export const noteLimits = { minWidth: 96, minHeight: 48, maxWidth: 2_000, maxHeight: 2_000 };
const newSize = { width: 216, height: 120 };

export function findNote({ notes = [] }: FlowDocument, id: string): FlowNote | undefined {
  return notes.find((note) => note.id === id);
}

/** @returns the drawing as it is where it holds as many as it may */
export function addNote(document: FlowDocument, at: Position): { document: FlowDocument; id?: string } {
  const { notes = [] } = document;
  if (notes.length >= maxNotes) return { document };
  const note: FlowNote = { id: newId('note'), position: snap(at), ...newSize, text: '' };
  return { document: { ...document, notes: [...notes, note] }, id: note.id };
}

/** Sets text or size, cut to what a drawing may hold. */
export function changeNote(
  document: FlowDocument,
  id: string,
  { text, width, height }: Partial<Pick<FlowNote, 'text' | 'width' | 'height'>>,
): FlowDocument {
  const note = findNote(document, id);
  if (!note) return document;
  const changed: FlowNote = {
    ...note,
    text: (text ?? note.text).slice(0, maxNoteText),
    width: within(width ?? note.width, noteLimits.minWidth, noteLimits.maxWidth),
    height: within(height ?? note.height, noteLimits.minHeight, noteLimits.maxHeight),
  };
  const isSame = changed.text === note.text && changed.width === note.width && changed.height === note.height;
  if (isSame) return document;
  return { ...document, notes: document.notes?.map((candidate) => (candidate.id === id ? changed : candidate)) };
}

/** What is read aloud and said of a note. */
export function noteTitle({ text }: FlowNote): string {
  const [line = ''] = text.trim().split('\n');
  return line === '' ? 'empty note' : line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.round(value)));
}
