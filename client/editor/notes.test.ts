import { describe, expect, it } from 'vitest';
import type { FlowDocument } from '../../shared/flow.ts';
import { changesBetween } from '../../shared/changes.ts';
import { fragmentOf, insertFragment, moveNodes, remove } from './document.ts';
import { addNote, changeNote, findNote, maxNotes, maxNoteText, noteTitle } from './notes.ts';

const empty: FlowDocument = { nodes: [{ id: 'f', type: 'filter', position: { x: 0, y: 0 }, config: {} }], edges: [] };
const withNote = () => {
  const { document, id = '' } = addNote(empty, { x: 13, y: 27 });
  return { document, id };
};

describe('notes', () => {
  it('are added on the grid, up to as many as a flow holds', () => {
    const { document, id } = withNote();
    expect(findNote(document, id)).toMatchObject({ position: { x: 16, y: 24 }, text: '' });
    const note = findNote(document, id);
    const full = { ...empty, notes: Array.from({ length: maxNotes }, (_, index) => ({ ...note!, id: `n${index}` })) };
    expect(addNote(full, { x: 0, y: 0 })).toEqual({ document: full });
  });

  it('keep text and size within what a drawing may hold', () => {
    const { document, id } = withNote();
    const changed = changeNote(document, id, { text: 'x'.repeat(maxNoteText + 1), width: 1, height: 9_999 });
    expect(findNote(changed, id)).toMatchObject({ text: 'x'.repeat(maxNoteText), width: 96, height: 2_000 });
    expect(changeNote(document, id, { text: '' })).toBe(document);
  });

  it('move, are copied and are removed with what is selected, and nothing needs a deploy for them', () => {
    const { document, id } = withNote();
    const moved = moveNodes(document, new Map([[id, { x: 80, y: 80 }]]));
    expect(findNote(moved, id)?.position).toEqual({ x: 80, y: 80 });
    const copy = insertFragment(moved, fragmentOf(moved, new Set(['f', id])), { x: 400, y: 0 });
    expect(copy.document.notes?.map(({ position }) => position)).toEqual([
      { x: 80, y: 80 },
      { x: 480, y: 80 },
    ]);
    expect(new Set(copy.nodeIds).size).toBe(2);
    const removed = remove(moved, { nodeIds: new Set([id]), edgeIds: new Set() });
    expect(removed.notes).toEqual([]);
    expect(removed.nodes).toEqual(empty.nodes);
    expect(changesBetween(empty, moved).count).toBe(0);
  });

  it('are called by their first line', () => {
    const note = { id: 'n', position: { x: 0, y: 0 }, width: 100, height: 100 };
    expect(noteTitle({ ...note, text: '\nAsk Ada\nbefore changing this' })).toBe('Ask Ada');
    expect(noteTitle({ ...note, text: ' ' })).toBe('empty note');
    expect(noteTitle({ ...note, text: 'x'.repeat(100) })).toHaveLength(60);
  });
});
