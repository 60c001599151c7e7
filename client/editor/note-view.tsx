import { NodeResizeControl, type Node, type NodeProps } from '@xyflow/react';
import { memo, useMemo, useRef, useState } from 'react';
import type { FlowNote } from '../../shared/flow.ts';
import { classNames } from '../ui/class-names.ts';
import { changeNote, maxNoteText, noteLimits, noteTitle } from './notes.ts';
import { useEditor, useEditorStore } from './store.ts';

export type NoteNode = Node<{ note: FlowNote; isReadOnly: boolean }, 'note'>;

/** A remark on the canvas, behind the nodes. */
export const NoteView = memo(function NoteView({ data: { note, isReadOnly }, selected }: NodeProps<NoteNode>) {
  const store = useEditorStore();
  const isEdited = useEditor((state) => state.renamingId === note.id);
  return (
    <div
      style={{ width: note.width, height: note.height }}
      className={classNames(
        'bg-warn-soft text-ink overflow-hidden rounded-md border text-sm',
        selected ? 'border-accent ring-accent ring-1' : 'border-line-strong',
        '[.react-flow__node:focus-visible_&]:ring-accent [.react-flow__node:focus-visible_&]:ring-2',
      )}
    >
      {isEdited ? (
        <NoteInput note={note} />
      ) : (
        <div className="size-full overflow-hidden p-2.5 break-words whitespace-pre-wrap">
          {note.text || <span className="text-ink-faint">{isReadOnly ? '' : 'Empty note: double-click to write.'}</span>}
        </div>
      )}
      {selected && !isReadOnly && (
        <NodeResizeControl
          position="bottom-right"
          {...noteLimits}
          className="border-accent! bg-surface! size-3! rounded-full! border-[1.5px]!"
          onResizeStart={() => store.getState().beginGesture('Resize note')}
          onResize={(_, size) => store.getState().changeInGesture((document) => changeNote(document, note.id, size))}
          onResizeEnd={() => store.getState().commitGesture()}
        />
      )}
    </div>
  );
});

function NoteInput({ note }: { note: FlowNote }) {
  const store = useEditorStore();
  const [text, setText] = useState(note.text);
  const wasFocused = useRef(false);
  // Also by Escape: a text of many lines is not thrown away by one key.
  const end = () => {
    const state = store.getState();
    if (state.renamingId !== note.id) return;
    state.set({ renamingId: null });
    state.change('Edit note', (document) => changeNote(document, note.id, { text }));
  };
  return (
    <textarea
      aria-label="Text of the note"
      className="nodrag nopan nowheel size-full resize-none bg-transparent p-2.5 text-sm outline-none"
      placeholder="Write a note"
      value={text}
      maxLength={maxNoteText}
      // The user asked for this field by adding the note, F2 or double-click.
      ref={(element) => {
        if (element && !wasFocused.current) element.focus({ preventScroll: true });
        wasFocused.current = element !== null;
      }}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Escape' || (event.key === 'Enter' && (event.ctrlKey || event.metaKey))) end();
      }}
      onBlur={end}
    />
  );
}

const noNotes: FlowNote[] = [];

/** The notes of the drawing as React Flow wants them; behind everything else. */
export function useNoteElements(isReadOnly: boolean): NoteNode[] {
  const notes = useEditor((state) => state.document.notes) ?? noNotes;
  const selected = useEditor((state) => state.selection.nodeIds);
  return useMemo(
    () =>
      notes.map((note): NoteNode => ({
        id: note.id,
        type: 'note',
        position: note.position,
        width: note.width,
        height: note.height,
        measured: { width: note.width, height: note.height },
        zIndex: -1,
        selected: selected.has(note.id),
        connectable: false,
        ariaLabel: `Note: ${noteTitle(note)}`,
        data: { note, isReadOnly },
      })),
    [notes, selected, isReadOnly],
  );
}
