import {
  Background,
  BackgroundVariant,
  ReactFlow,
  useReactFlow,
  useStore as useFlowStore,
  useStoreApi,
  type Connection,
  type Edge,
  type EdgeChange,
  type FinalConnectionState,
  type NodeChange,
  type OnConnectStartParams,
} from '@xyflow/react';
import {
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  type CSSProperties,
  type MouseEvent as ReactMouseEvent,
} from 'react';
import { whyNotConnect } from '../../shared/ports.ts';
import type { Position } from '../../shared/flow.ts';
import { toast } from '../ui/toast.tsx';
import { useCanvasElements } from './canvas-elements.ts';
import './canvas.css';
import { useCanvasSettings } from './canvas-settings.ts';
import { DeploymentContext } from './channel-state.tsx';
import { ConnectionHint, ConnectionLine } from './connection-line.tsx';
import { connect, findNode, gridPx, moveNodes, nameOf, nodeAt, nodeSize, openPort, reconnect, snap } from './document.ts';
import { EdgeLayer, useEdgeAtPointer } from './edge-layer.tsx';
import { ArrowHeads, EdgeView, type CanvasEdge } from './edge-view.tsx';
import { FlowMap } from './flow-map.tsx';
import { GuideLines } from './guide-lines.tsx';
import { legalTargets } from './legal-targets.ts';
import { FarContext, NodeAtDistance } from './node-at-distance.tsx';
import type { CanvasNode } from './node-view.tsx';
import { NoteView, useNoteElements, type NoteNode } from './note-view.tsx';
import { useEditorStore, type EditorStore } from './store.ts';
import { useCanvasGestures } from './use-canvas-gestures.ts';
import { useNodesUnderWay } from './use-nodes-under-way.ts';
import { useOpenNodeInView } from './use-open-node-in-view.ts';
import { useSharpZoom } from './use-sharp-zoom.ts';
import { enlargement, farLevel } from './zoom-levels.ts';

// Outside the component: made anew on each render, they would draw every node again.
const nodeTypes = { flow: NodeAtDistance, note: NoteView };
const edgeTypes = { flow: EdgeView };
const fitViewOptions = { maxZoom: 1, padding: 0.2 };
const snapGrid: [number, number] = [gridPx, gridPx];
const panButtons = [0, 1];
/** The ends of a connection are taken hold of beside the ports, which answer within 15 px. */
const reconnectRadiusPx = 16;
const noIds: ReadonlySet<string> = new Set();
const multiSelectKeys = ['Meta', 'Control'];

type DrawnNode = CanvasNode | NoteNode;

/** The drawing area: shows the document of the store and turns gestures into changes of it. */
export function Canvas({
  isReadOnly,
  opensProperties = !isReadOnly,
  hasMap,
}: {
  isReadOnly: boolean;
  /** A press on a node leads to its properties. */
  opensProperties?: boolean;
  hasMap: boolean;
}) {
  const store = useEditorStore();
  const flowStore = useStoreApi();
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
  const notes = useNoteElements(isReadOnly);
  // Notes last, so that Tab comes to the flow first; they are painted behind it all the same.
  const drawn = useMemo(() => [...nodes, ...notes], [notes, nodes]);
  const far = useFlowStore((state) => farLevel(state.transform[2], nodes.length));
  const enlarged = useFlowStore((state) => enlargement(state.transform[2]));
  const isFar = far > 0;
  /** Nodes that are dragged. */
  const [movingIds, setMovingIds] = useState<ReadonlySet<string>>(noIds);
  const edgeAtPointer = useEdgeAtPointer(isFar);
  const drawnEdges = useMemo(() => {
    if (!isFar) return edges;
    const isDrawn = ({ id, source, target, selected, data }: CanvasEdge) =>
      selected === true || data?.problems.length !== 0 || id === edgeAtPointer || movingIds.has(source) || movingIds.has(target);
    return edges.filter(isDrawn);
  }, [edges, isFar, edgeAtPointer, movingIds]);
  const drawnIds = useMemo(() => new Set(drawnEdges.map(({ id }) => id)), [drawnEdges]);
  // An empty canvas keeps its view when the first node is dropped.
  const [wasDrawn] = useState(nodes.length > 0);
  const forgetView = useOpenNodeInView();
  const sharpen = useSharpZoom();
  const gestures = useCanvasGestures();
  const underWay = useNodesUnderWay();
  const moving = useRef<AbortController>(undefined);
  const { wheel } = useCanvasSettings();

  const handleNodesChange = useCallback(
    (changes: NodeChange<DrawnNode>[]) => {
      const positions = new Map<string, Position>();
      for (const change of changes) if (change.type === 'position' && change.position) positions.set(change.id, snap(change.position));
      if (positions.size > 0) {
        const isDrag = underWay.isHolding() || changes.some((change) => change.type === 'position' && change.dragging);
        if (isDrag) underWay.hold(gestures.steer(positions));
        else store.getState().change('Move', (document) => moveNodes(document, positions));
      }
      // While several are selected by presses, a press on a node or on the empty canvas deselects nothing.
      const selected = store.getState().isSelecting ? undefined : withSelectChanges(store.getState().selection.nodeIds, changes);
      if (selected) store.getState().select({ nodeIds: selected, edgeIds: store.getState().selection.edgeIds });
    },
    [store, gestures, underWay],
  );
  const beginMove = useCallback(
    (moved: { id: string }[]) => {
      // A drag that was broken off, by a second finger for one, has not ended by itself.
      moving.current?.abort();
      underWay.settle();
      setMovingIds(new Set(moved.map(({ id }) => id)));
      gestures.begin(moved);
      moving.current = onEscape(() => {
        underWay.cancel();
        gestures.cancel();
        store.getState().announce('Not moved');
      });
    },
    [store, gestures, underWay],
  );
  const isNearEdge = !isFar || edgeAtPointer !== undefined;
  const stepMove = useCallback(
    (event: MouseEvent | TouchEvent | ReactMouseEvent) => gestures.step(event, isNearEdge),
    [gestures, isNearEdge],
  );
  const endMove = useCallback(() => {
    moving.current?.abort();
    setMovingIds(noIds);
    underWay.settle();
    gestures.end();
  }, [underWay, gestures]);

  useEffect(() => () => moving.current?.abort(), []);

  const handleEdgesChange = useCallback(
    (changes: EdgeChange<CanvasEdge>[]) => {
      // A box drawn around nodes would select their connections, too: deleting the nodes could heal nothing.
      if (flowStore.getState().userSelectionActive) return;
      const selected = withSelectChanges(store.getState().selection.edgeIds, changes);
      if (selected) store.getState().select({ nodeIds: store.getState().selection.nodeIds, edgeIds: selected });
    },
    [store, flowStore],
  );

  const connectNodes = useCallback(
    (from: string, to: string, port?: string) => {
      const { document, change, announce } = store.getState();
      const why = whyNotConnect(document, from, to, { port: port ?? openPort(document, from) });
      if (why !== undefined) {
        toast({ text: `${why}.`, tone: 'warn' });
        return;
      }
      change('Connect', (before) => connect(before, from, to, port));
      const [source, target] = [findNode(document, from), findNode(document, to)];
      if (source && target) announce(`Connected ${nameOf(source)} to ${nameOf(target)}`);
    },
    [store],
  );

  const handleConnect = useCallback(
    ({ source, target, sourceHandle }: Connection) => connectNodes(source, target, sourceHandle ?? ''),
    [connectNodes],
  );
  const isValidConnection = useCallback(
    ({ source, target, sourceHandle }: Connection | Edge) =>
      whyNotConnect(store.getState().document, source, target, {
        port: sourceHandle ?? '',
        without: store.getState().reconnectingId ?? undefined,
      }) === undefined,
    [store],
  );

  const beginReconnect = useCallback((_: unknown, edge: CanvasEdge) => store.getState().set({ reconnectingId: edge.id }), [store]);
  const endReconnect = useCallback(() => store.getState().set({ reconnectingId: null }), [store]);
  const handleReconnect = useCallback(
    (edge: CanvasEdge, { source, target, sourceHandle }: Connection) =>
      store.getState().change('Reconnect', (before) => reconnect(before, edge.id, source, target, sourceHandle ?? '')),
    [store],
  );

  const beginWire = useCallback(
    (_: unknown, { nodeId, handleId, handleType }: OnConnectStartParams) => {
      if (nodeId === null || handleType === null) return;
      const { document, reconnectingId, set } = store.getState();
      const start = { nodeId, side: handleType, port: handleId ?? '' };
      set({ wire: { ...start, legal: legalTargets(document, start, reconnectingId ?? undefined) } });
    },
    [store],
  );

  /** A wire let go away from a port: on a node it connects, on empty canvas it asks what shall follow. */
  const handleConnectEnd = useCallback(
    (event: MouseEvent | TouchEvent, connection: FinalConnectionState) => {
      store.getState().set({ wire: null });
      if (store.getState().reconnectingId !== null || connection.isValid === true || !connection.fromNode || !connection.fromHandle) return;
      const pointer = pointerOf(event);
      const start = connection.fromNode.id;
      const at = screenToFlowPosition(pointer, { snapToGrid: false });
      // A press on a port is no wire: the port itself opens the menu.
      if (connection.from && Math.hypot(at.x - connection.from.x, at.y - connection.from.y) < 12) return;
      const isForward = connection.fromHandle.type === 'source';
      const port = connection.fromHandle.id ?? '';
      const target = nodeAt(store.getState().document, at);
      if (target) {
        if (target.id === start) return;
        if (isForward) connectNodes(start, target.id, port);
        else connectNodes(target.id, start);
        return;
      }
      const position = { x: at.x - (isForward ? 0 : nodeSize.width), y: at.y - nodeSize.height / 2 };
      store.getState().set({
        stepMenu: {
          at: pointer,
          purpose: isForward ? { kind: 'append', from: start, port, position } : { kind: 'prepend', to: start, position },
        },
      });
    },
    [store, screenToFlowPosition, connectNodes],
  );

  return (
    <FarContext value={isFar}>
      <ReactFlow<DrawnNode, CanvasEdge>
        nodes={drawn}
        edges={drawnEdges}
        data-far={isFar ? far : undefined}
        style={{ '--enlarged': enlarged } as CSSProperties}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={handleNodesChange}
        onEdgesChange={handleEdgesChange}
        onConnect={handleConnect}
        onConnectStart={beginWire}
        onConnectEnd={handleConnectEnd}
        onReconnect={isReadOnly ? undefined : handleReconnect}
        onReconnectStart={beginReconnect}
        onReconnectEnd={endReconnect}
        reconnectRadius={reconnectRadiusPx}
        isValidConnection={isValidConnection}
        connectionLineComponent={ConnectionLine}
        connectionRadius={28}
        connectOnClick={false}
        onNodeDragStart={(_event, _node, moved) => beginMove(moved)}
        onNodeDrag={stepMove}
        onNodeDragStop={endMove}
        onNodeClick={(event, node) => {
          if (store.getState().isSelecting) {
            toggleSelected(store, node.id);
            return;
          }
          if (event.shiftKey || event.ctrlKey || event.metaKey || !opensProperties) return;
          // There it is the data of the step that is looked at; Enter still leads to its properties.
          if (store.getState().sidePanel?.kind === 'simulate') return;
          store.getState().openProperties(node.type === 'note' ? null : node.id);
        }}
        onNodeDoubleClick={(_, node) => {
          if (!isReadOnly) store.getState().set({ renamingId: node.id });
        }}
        onPaneClick={() => {
          if (!store.getState().isSelecting) store.getState().openProperties(null);
        }}
        nodesDraggable={!isReadOnly}
        nodesConnectable={!isReadOnly}
        elementsSelectable={!isReadOnly}
        disableKeyboardA11y
        deleteKeyCode={null}
        selectionKeyCode={isReadOnly ? null : 'Shift'}
        multiSelectionKeyCode={multiSelectKeys}
        panActivationKeyCode="Space"
        panOnDrag={isReadOnly ? true : panButtons}
        panOnScroll={wheel === 'pan'}
        onMoveStart={forgetView}
        onMoveEnd={sharpen}
        zoomOnDoubleClick={false}
        minZoom={0.04}
        maxZoom={2}
        snapToGrid
        snapGrid={snapGrid}
        nodeDragThreshold={3}
        onlyRenderVisibleElements={!isFar && nodes.length > 150}
        fitView={wasDrawn}
        fitViewOptions={fitViewOptions}
      >
        {isFar && <EdgeLayer drawn={drawnIds} />}
        <ArrowHeads />
        <Background variant={BackgroundVariant.Dots} gap={24} size={1} />
        <ConnectionHint />
        <GuideLines />
        {hasMap && <FlowMap />}
      </ReactFlow>
    </FarContext>
  );
}

function toggleSelected(store: EditorStore, id: string): void {
  const { selection, select } = store.getState();
  const nodeIds = new Set(selection.nodeIds);
  if (!nodeIds.delete(id)) nodeIds.add(id);
  select({ nodeIds, edgeIds: selection.edgeIds });
}

/** @returns undefined when nothing changed */
function withSelectChanges(
  selected: ReadonlySet<string>,
  changes: (NodeChange<DrawnNode> | EdgeChange<CanvasEdge>)[],
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

/** Until it is aborted, Escape does this and nothing else. */
function onEscape(act: () => void): AbortController {
  const ended = new AbortController();
  const handleKey = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  window.addEventListener('keydown', handleKey, { capture: true, signal: ended.signal });
  return ended;
}
