import {
  Background,
  BackgroundVariant,
  MiniMap,
  ReactFlow,
  useReactFlow,
  useStore as useFlowStore,
  type Connection,
  type Edge,
  type EdgeChange,
  type FinalConnectionState,
  type NodeChange,
} from '@xyflow/react';
import { useCallback, useContext, useEffect, useRef, useState } from 'react';
import { whyNotConnect } from '../../shared/check-flow.ts';
import type { Position } from '../../shared/flow.ts';
import { toast } from '../ui/toast.tsx';
import { useCanvasElements } from './canvas-elements.ts';
import './canvas.css';
import { DeploymentContext } from './channel-state.tsx';
import { ConnectionHint, ConnectionLine } from './connection-line.tsx';
import { connect, findNode, gridPx, moveNodes, nameOf, nodeAt, nodeSize, snap } from './document.ts';
import { ArrowHeads, EdgeView, type CanvasEdge } from './edge-view.tsx';
import { NodeView, type CanvasNode } from './node-view.tsx';
import { useEditor, useEditorStore } from './store.ts';

// Outside the component: made anew on each render, they would draw every node again.
const nodeTypes = { flow: NodeView };
const edgeTypes = { flow: EdgeView };
const fitViewOptions = { maxZoom: 1, padding: 0.2 };
const snapGrid: [number, number] = [gridPx, gridPx];
const panButtons = [0, 1];
const multiSelectKeys = ['Meta', 'Control'];

/** The drawing area: shows the document of the store and turns gestures into changes of it. */
export function Canvas({ isReadOnly, hasMap }: { isReadOnly: boolean; hasMap: boolean }) {
  const store = useEditorStore();
  const { screenToFlowPosition } = useReactFlow();
  const deployment = useContext(DeploymentContext);
  const stateOf = useCallback(
    (nodeId: string) => {
      const channel = deployment?.channels.find((candidate) => candidate.nodeId === nodeId);
      return channel && `channel ${channel.health}`;
    },
    [deployment],
  );
  const { nodes, edges } = useCanvasElements(isReadOnly, stateOf);
  // An empty canvas keeps its view when the first node is dropped.
  const [wasDrawn] = useState(nodes.length > 0);
  useSelectedNodeInView();

  const handleNodesChange = useCallback(
    (changes: NodeChange<CanvasNode>[]) => {
      const positions = new Map<string, Position>();
      for (const change of changes) if (change.type === 'position' && change.position) positions.set(change.id, snap(change.position));
      if (positions.size > 0) store.getState().changeInGesture((document) => moveNodes(document, positions));
      const selected = withSelectChanges(store.getState().selection.nodeIds, changes);
      if (selected) store.getState().select({ nodeIds: selected, edgeIds: store.getState().selection.edgeIds });
    },
    [store],
  );

  const handleEdgesChange = useCallback(
    (changes: EdgeChange<CanvasEdge>[]) => {
      const selected = withSelectChanges(store.getState().selection.edgeIds, changes);
      if (selected) store.getState().select({ nodeIds: store.getState().selection.nodeIds, edgeIds: selected });
    },
    [store],
  );

  const connectNodes = useCallback(
    (from: string, to: string) => {
      const { document, change, announce } = store.getState();
      const why = whyNotConnect(document, from, to);
      if (why !== undefined) {
        toast({ text: `${why}.`, tone: 'warn' });
        return;
      }
      change('Connect', (before) => connect(before, from, to));
      const [source, target] = [findNode(document, from), findNode(document, to)];
      if (source && target) announce(`Connected ${nameOf(source)} to ${nameOf(target)}`);
    },
    [store],
  );

  const handleConnect = useCallback(({ source, target }: Connection) => connectNodes(source, target), [connectNodes]);
  const isValidConnection = useCallback(
    ({ source, target }: Connection | Edge) => whyNotConnect(store.getState().document, source, target) === undefined,
    [store],
  );

  /** A wire let go away from a port: on a node it connects, on empty canvas it asks what shall follow. */
  const handleConnectEnd = useCallback(
    (event: MouseEvent | TouchEvent, connection: FinalConnectionState) => {
      if (connection.isValid === true || !connection.fromNode || !connection.fromHandle) return;
      const pointer = pointerOf(event);
      const start = connection.fromNode.id;
      const at = screenToFlowPosition(pointer, { snapToGrid: false });
      // A press on a port is no wire: the port itself opens the menu.
      if (connection.from && Math.hypot(at.x - connection.from.x, at.y - connection.from.y) < 12) return;
      const isForward = connection.fromHandle.type === 'source';
      const target = nodeAt(store.getState().document, at);
      if (target) {
        if (target.id !== start) connectNodes(isForward ? start : target.id, isForward ? target.id : start);
        return;
      }
      const position = { x: at.x - (isForward ? 0 : nodeSize.width), y: at.y - nodeSize.height / 2 };
      store.getState().set({
        stepMenu: {
          at: pointer,
          purpose: isForward ? { kind: 'append', from: start, position } : { kind: 'prepend', to: start, position },
        },
      });
    },
    [store, screenToFlowPosition, connectNodes],
  );

  const beginMove = useCallback(() => store.getState().beginGesture('Move'), [store]);
  const endMove = useCallback(() => store.getState().commitGesture(), [store]);

  return (
    <ReactFlow<CanvasNode, CanvasEdge>
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      onNodesChange={handleNodesChange}
      onEdgesChange={handleEdgesChange}
      onConnect={handleConnect}
      onConnectEnd={handleConnectEnd}
      isValidConnection={isValidConnection}
      connectionLineComponent={ConnectionLine}
      connectionRadius={28}
      connectOnClick={false}
      onNodeDragStart={beginMove}
      onNodeDragStop={endMove}
      onSelectionDragStart={beginMove}
      onSelectionDragStop={endMove}
      onNodeClick={(event, node) => {
        if (!event.shiftKey && !event.ctrlKey && !event.metaKey && !isReadOnly) store.getState().openProperties(node.id);
      }}
      onNodeDoubleClick={(_, node) => {
        if (!isReadOnly) store.getState().set({ renamingId: node.id });
      }}
      onPaneClick={() => store.getState().openProperties(null)}
      nodesDraggable={!isReadOnly}
      nodesConnectable={!isReadOnly}
      elementsSelectable={!isReadOnly}
      disableKeyboardA11y
      deleteKeyCode={null}
      selectionKeyCode={isReadOnly ? null : 'Shift'}
      multiSelectionKeyCode={multiSelectKeys}
      panActivationKeyCode="Space"
      panOnDrag={isReadOnly ? true : panButtons}
      panOnScroll
      zoomOnDoubleClick={false}
      minZoom={0.25}
      maxZoom={2}
      snapToGrid
      snapGrid={snapGrid}
      nodeDragThreshold={3}
      onlyRenderVisibleElements={nodes.length > 150}
      fitView={wasDrawn}
      fitViewOptions={fitViewOptions}
    >
      <ArrowHeads />
      <Background variant={BackgroundVariant.Dots} gap={24} size={1} />
      <ConnectionHint />
      {hasMap && <MiniMap pannable zoomable ariaLabel="Map of the flow" className="border-line! overflow-hidden rounded-lg border" />}
    </ReactFlow>
  );
}

/** @returns undefined when nothing changed */
function withSelectChanges(
  selected: ReadonlySet<string>,
  changes: (NodeChange<CanvasNode> | EdgeChange<CanvasEdge>)[],
): Set<string> | undefined {
  const next = new Set(selected);
  for (const change of changes) {
    if (change.type !== 'select') continue;
    if (change.selected) next.add(change.id);
    else next.delete(change.id);
  }
  return changes.some((change) => change.type === 'select') ? next : undefined;
}

function pointerOf(event: MouseEvent | TouchEvent): Position {
  const point = 'changedTouches' in event ? event.changedTouches[0] : event;
  return { x: point?.clientX ?? 0, y: point?.clientY ?? 0 };
}

/** Pans, never zooms, until the node whose properties are open is seen: the panel must not cover it. */
function useSelectedNodeInView(): void {
  const store = useEditorStore();
  const openNodeId = useEditor((state) => state.openNodeId);
  const width = useFlowStore((state) => state.width);
  const height = useFlowStore((state) => state.height);
  const { getViewport, setViewport } = useReactFlow();
  const isFirst = useRef(true);

  useEffect(() => {
    // The first sizes are those of the canvas appearing; fitView looks after them.
    if (isFirst.current) {
      isFirst.current = width === 0;
      return;
    }
    const node = openNodeId === null ? undefined : findNode(store.getState().document, openNodeId);
    if (!node || width === 0) return;
    const { x, y, zoom } = getViewport();
    const marginPx = 32;
    const shift = (start: number, length: number, available: number) => {
      if (start + length > available - marginPx) return available - marginPx - start - length;
      return start < marginPx ? marginPx - start : 0;
    };
    const dx = shift(node.position.x * zoom + x, nodeSize.width * zoom, width);
    const dy = shift(node.position.y * zoom + y, nodeSize.height * zoom, height);
    if (dx === 0 && dy === 0) return;
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    void setViewport({ x: x + dx, y: y + dy, zoom }, { duration: isCalm ? 0 : 180 });
  }, [store, openNodeId, width, height, getViewport, setViewport]);
}
