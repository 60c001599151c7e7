import { describe, expect, it } from 'vitest';
import type { FlowDocument } from '../../shared/flow.ts';
import { begin, burstMs, commit, emptyHistory, record, redo, undo } from './history.ts';

/** Drawings told apart by the number of their nodes. */
const drawing = (count: number): FlowDocument => ({
  nodes: Array.from({ length: count }, (_, index) => ({ id: `n${index}`, type: 'filter', position: { x: 0, y: 0 }, config: {} })),
  edges: [],
});
const [a, b, c, d] = [drawing(0), drawing(1), drawing(2), drawing(3)];

describe('history', () => {
  it('goes back and forth between drawings', () => {
    const history = record(record(emptyHistory, 'Add', a), 'Move', b);
    const back = undo(history, c);
    expect(back).toMatchObject({ document: b, label: 'Move' });
    const backAgain = undo(back!.history, back!.document);
    expect(backAgain).toMatchObject({ document: a, label: 'Add' });
    const forth = redo(backAgain!.history, backAgain!.document);
    expect(forth).toMatchObject({ document: b, label: 'Add' });
    expect(redo(forth!.history, forth!.document)).toMatchObject({ document: c, label: 'Move' });
  });

  it('makes one entry of a gesture, however many changes it had', () => {
    let history = begin(emptyHistory, 'Move', a);
    history = record(history, 'ignored', b);
    history = record(history, 'ignored', c);
    history = commit(history, d);
    expect(history.past).toHaveLength(1);
    expect(undo(history, d)).toMatchObject({ document: a, label: 'Move' });
  });

  it('leaves no trace of a gesture that changed nothing', () => {
    expect(commit(begin(emptyHistory, 'Move', a), a)).toEqual(emptyHistory);
  });

  it('undoes a gesture that is still open', () => {
    expect(undo(begin(emptyHistory, 'Move', a), b)).toMatchObject({ document: a, label: 'Move' });
  });

  it('makes one entry of a burst of typing into one field', () => {
    let history = record(emptyHistory, 'Edit', a, { key: 'n.address', at: 0 });
    history = record(history, 'Edit', b, { key: 'n.address', at: 500 });
    history = record(history, 'Edit', c, { key: 'n.address', at: 1_000 });
    expect(history.past).toHaveLength(1);
    expect(undo(history, d)).toMatchObject({ document: a });
  });

  it('starts another entry after a pause and for another field', () => {
    let history = record(emptyHistory, 'Edit', a, { key: 'n.address', at: 0 });
    history = record(history, 'Edit', b, { key: 'n.address', at: burstMs + 1 });
    history = record(history, 'Edit', c, { key: 'n.folder', at: burstMs + 2 });
    expect(history.past).toHaveLength(3);
  });

  it('forgets what could be done again once something new is done', () => {
    const back = undo(record(emptyHistory, 'Add', a), b);
    const history = record(back!.history, 'Move', back!.document);
    expect(redo(history, c)).toBeUndefined();
  });

  it('says when there is nothing to undo or redo', () => {
    expect(undo(emptyHistory, a)).toBeUndefined();
    expect(redo(emptyHistory, a)).toBeUndefined();
  });
});
