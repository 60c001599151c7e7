import { ReactFlowProvider } from '@xyflow/react';
import { useEffect, useState } from 'react';
import type { FlowDocument } from '../../shared/flow.ts';
import { Canvas } from './canvas.tsx';
import { DeploymentContext } from './channel-state.tsx';
import type { Marks } from './marks.ts';
import { createEditorStore, EditorContext } from './store.ts';

/** A drawing to look at, with marks on it; nothing in it can be changed. */
export function DrawnFlow({
  document,
  marks,
  selectedId,
  onSelect,
}: {
  document: FlowDocument;
  marks: Marks;
  selectedId: string | null;
  onSelect: (nodeId: string | null) => void;
}) {
  const [store] = useState(() => createEditorStore(document));
  useEffect(() => store.getState().adopt(document), [store, document]);
  useEffect(() => store.getState().setMarks('difference', marks), [store, marks]);
  useEffect(() => store.getState().select({ nodeIds: new Set(selectedId === null ? [] : [selectedId]) }), [store, selectedId, document]);
  return (
    <EditorContext value={store}>
      <DeploymentContext value={null}>
        <ReactFlowProvider>
          {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions, jsx-a11y/click-events-have-key-events -- the list beside it has a button per node */}
          <div
            className="absolute inset-0"
            onClick={({ target }) => {
              const node = target instanceof Element ? target.closest('.react-flow__node') : null;
              onSelect(node?.getAttribute('data-id') ?? null);
            }}
          >
            <Canvas isReadOnly hasMap={false} />
          </div>
        </ReactFlowProvider>
      </DeploymentContext>
    </EditorContext>
  );
}
