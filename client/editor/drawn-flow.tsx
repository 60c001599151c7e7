import { ReactFlowProvider, useReactFlow, useStore as useFlowStore, useStoreApi } from '@xyflow/react';
import { useEffect, useRef, useState } from 'react';
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
  useEffect(() => {
    const { document: shown, adopt, select } = store.getState();
    if (shown !== document) adopt(document);
    select({ nodeIds: new Set(selectedId === null ? [] : [selectedId]) });
  }, [store, document, selectedId]);
  useEffect(() => store.getState().setMarks('difference', marks), [store, marks]);
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
            <SelectedInView nodeId={selectedId} />
            <WholeInView />
          </div>
        </ReactFlowProvider>
      </DeploymentContext>
    </EditorContext>
  );
}

/** A node chosen elsewhere than on the canvas may lie beside what is seen. The zoom stays. */
function SelectedInView({ nodeId }: { nodeId: string | null }) {
  const { getInternalNode, getViewport, setCenter } = useReactFlow();
  const flowStore = useStoreApi();
  useEffect(() => {
    const node = nodeId === null ? undefined : getInternalNode(nodeId);
    if (!node) return;
    const { x, y, zoom } = getViewport();
    const { width, height } = flowStore.getState();
    const [left, top] = [node.position.x * zoom + x, node.position.y * zoom + y];
    const size = { width: (node.width ?? 0) * zoom, height: (node.height ?? 0) * zoom };
    if (left >= 0 && top >= 0 && left + size.width <= width && top + size.height <= height) return;
    void setCenter(node.position.x + (node.width ?? 0) / 2, node.position.y + (node.height ?? 0) / 2, { zoom });
  }, [nodeId, getInternalNode, getViewport, setCenter, flowStore]);
  return null;
}

/** Where a window is made smaller, or a phone turned, the whole drawing is shown anew. */
function WholeInView() {
  const { fitView } = useReactFlow();
  const size = useFlowStore(({ width, height }) => `${width} ${height}`);
  const shown = useRef(size);
  useEffect(() => {
    // The first size is that of the canvas appearing; it looks after that itself.
    const isFirst = shown.current.startsWith('0 ');
    if (size !== shown.current && !isFirst) void fitView({ maxZoom: 1, padding: 0.2 });
    shown.current = size;
  }, [size, fitView]);
  return null;
}
