import { useMemo, type MouseEvent as ReactMouseEvent } from 'react';
import type { FlowDocument, Position } from '../../shared/flow.ts';
import { canvasSettings } from './canvas-settings.ts';
import { findNode, nameOf } from './document.ts';
import { alignTo, boxAround, type Box, type Wire } from './guides.ts';
import { mayMoveIntoEdge, moveIntoEdge } from './move-into-edge.ts';
import { nodeDrag, setNodeDrag } from './node-drag.ts';
import { inputAt, outputAt, sizeOf } from './node-size.ts';
import { edgesUnder } from './under-pointer.ts';
import { useEditorStore, type EditorStore } from './store.ts';

/** What React Flow hands over of a drag: nodes with their ids. */
interface Dragged {
  id: string;
}

export interface CanvasGestures {
  begin: (nodes: Dragged[]) => void;
  /** @param isNearEdge false where no connection is known to be near: to look through a thousand nodes takes long */
  step: (event: DragEvent, isNearEdge: boolean) => void;
  end: () => void;
  /** Ends it without a change. */
  cancel: () => void;
  /** Where dragged nodes go: in line with their neighbours where these are near. */
  steer: (positions: ReadonlyMap<string, Position>) => ReadonlyMap<string, Position>;
}

/** Drags of nodes on the canvas: guides, and moving a step into a connection. The drawing hears of them at the end. */
export function useCanvasGestures(): CanvasGestures {
  const store = useEditorStore();
  return useMemo(() => canvasGestures(store), [store]);
}

type DragEvent = MouseEvent | TouchEvent | ReactMouseEvent;

interface Drag {
  ids: ReadonlySet<string>;
  /** What may be lined up with; found at the first step. */
  others?: Box[];
  isFree: boolean;
  /** The only node that is dragged, where it may go into a connection. */
  step?: string | undefined;
  /** Whether it may go into this one, as far as asked; the drawing stays the same until the drag ends. */
  mayGoInto: Map<string, boolean>;
}

function canvasGestures(store: EditorStore): CanvasGestures {
  let drag: Drag | null = null;

  return {
    begin: (nodes) => {
      const { document, beginGesture } = store.getState();
      const ids = new Set(nodes.map(({ id }) => id));
      const [only] = ids;
      drag = {
        ids,
        isFree: false,
        mayGoInto: new Map(),
        step: ids.size === 1 && only !== undefined && mayMoveIntoEdge(document, only) ? only : undefined,
      };
      beginGesture('Move');
      setNodeDrag({ guides: [] });
    },

    step: (event, isNearEdge) => {
      if (!drag) return;
      drag.isFree = event.altKey;
      const { document } = store.getState();
      const shown = nodeDrag();
      const current = drag;
      const { step } = current;
      // Its own connections follow it and may lie above the others.
      const wanted =
        step === undefined || !isNearEdge
          ? undefined
          : edgesUnder(pointerOf(event), step).find((id) => isLegal(document, current, step, id));
      if (shown && shown.edgeId !== wanted) setNodeDrag({ guides: shown.guides, ...(wanted === undefined ? {} : { edgeId: wanted }) });
    },

    steer: (positions) => {
      const { document } = store.getState();
      const shown = nodeDrag();
      if (!drag || !shown) return positions;
      const moving = document.nodes.filter(({ id }) => positions.has(id));
      drag.others ??= document.nodes.filter(({ id }) => !drag?.ids.has(id)).map((node) => ({ ...node.position, ...sizeOf(node) }));
      const box = boxAround(moving.map((node) => ({ ...(positions.get(node.id) ?? node.position), ...sizeOf(node) })));
      if (!box || drag.isFree || !canvasSettings().hasGuides) {
        if (shown.guides.length > 0) setNodeDrag({ ...shown, guides: [] });
        return positions;
      }
      const { by, lines } = alignTo(box, drag.others, wiresOf(document, positions));
      if (JSON.stringify(lines) !== JSON.stringify(shown.guides)) setNodeDrag({ ...shown, guides: lines });
      return new Map([...positions].map(([id, { x, y }]) => [id, { x: x + by.x, y: y + by.y }]));
    },

    cancel: () => {
      drag = null;
      setNodeDrag(null);
    },

    end: () => {
      const { changeInGesture, commitGesture, announce } = store.getState();
      const { step } = drag ?? {};
      const { edgeId } = nodeDrag() ?? {};
      drag = null;
      setNodeDrag(null);
      if (step !== undefined && edgeId !== undefined) {
        changeInGesture((document) => moveIntoEdge(document, step, edgeId, findNode(document, step)?.position));
        const node = findNode(store.getState().document, step);
        if (node) announce(`Moved ${nameOf(node)} into the connection`);
      }
      commitGesture();
    },
  };
}

function pointerOf(event: DragEvent): Position {
  const point = 'changedTouches' in event ? event.changedTouches[0] : event;
  return { x: point?.clientX ?? 0, y: point?.clientY ?? 0 };
}

function isLegal(document: FlowDocument, { mayGoInto }: Drag, step: string, edgeId: string): boolean {
  const known = mayGoInto.get(edgeId) ?? moveIntoEdge(document, step, edgeId) !== document;
  mayGoInto.set(edgeId, known);
  return known;
}

/** The connections between nodes at these positions and those that stay where they are. */
function wiresOf(document: FlowDocument, positions: ReadonlyMap<string, Position>): Wire[] {
  return document.edges.flatMap((edge): Wire[] => {
    if (positions.has(edge.from) === positions.has(edge.to)) return [];
    const [from, to] = [findNode(document, edge.from), findNode(document, edge.to)];
    if (!from || !to) return [];
    const [start, end] = [positions.get(from.id) ?? from.position, positions.get(to.id) ?? to.position];
    const [outY, inY] = [start.y + outputAt(from, edge.port ?? ''), end.y + inputAt];
    const isStartMoving = positions.has(from.id);
    const xs = [start.x + sizeOf(from).width, end.x];
    const line = { axis: 'y' as const, at: isStartMoving ? inY : outY, from: Math.min(...xs), to: Math.max(...xs) };
    return [{ by: isStartMoving ? inY - outY : outY - inY, line }];
  });
}
