import { useReactFlow, useStoreApi, ViewportPortal } from '@xyflow/react';
import { useEffect, useMemo, useState } from 'react';
import type { FlowDocument } from '../../shared/flow.ts';
import { nearestRoute, routesOf, type Route } from './edge-route.ts';
import { edgeMark } from './marks.ts';
import { useEditor } from './store.ts';

/** How near the pointer has to be to take hold of a connection, in px of the screen. */
const reachPx = 8;

/** From afar: connections at rest, all in a few paths. Those in `drawn` are drawn by React Flow. */
export function EdgeLayer({ drawn }: { drawn: ReadonlySet<string> }) {
  const document = useEditor((state) => state.document);
  const marks = useEditor((state) => state.marks);
  const routes = useRoutes(document);
  const paths = useMemo(() => {
    const atRest = routes.filter(({ id }) => !drawn.has(id));
    const kinds = Map.groupBy(atRest, ({ id }) => {
      const mark = edgeMark(marks, id);
      return mark?.isTravelled ? 'travelled' : mark?.isFaded ? 'faded' : 'plain';
    });
    return [...kinds].map(([kind, some]) => ({ kind, d: some.map(pathOf).join('') }));
  }, [routes, drawn, marks]);
  return (
    <ViewportPortal>
      <svg aria-hidden className="edge-layer" data-count={routes.length - drawn.size}>
        {paths.map(({ kind, d }) => (
          <path key={kind} d={d} data-kind={kind} />
        ))}
      </svg>
    </ViewportPortal>
  );
}

function pathOf({ from, to, turnX }: Route): string {
  return from.y === to.y && turnX <= to.x ? `M${from.x} ${from.y}H${to.x}` : `M${from.x} ${from.y}H${turnX}V${to.y}H${to.x}`;
}

function useRoutes(document: FlowDocument): Route[] {
  const { nodes, edges } = document;
  return useMemo(() => routesOf({ nodes, edges }), [nodes, edges]);
}

/** The connection under the pointer; always undefined unless `isOn`. Also while something is dragged: it may be dropped there. */
export function useEdgeAtPointer(isOn: boolean): string | undefined {
  const document = useEditor((state) => state.document);
  const { screenToFlowPosition } = useReactFlow();
  const flowStore = useStoreApi();
  const routes = useRoutes(document);
  const [id, setId] = useState<string>();
  useEffect(() => {
    if (!isOn) return undefined;
    const follow = ({ clientX, clientY, target, buttons }: PointerEvent) => {
      const { domNode, transform } = flowStore.getState();
      if (!domNode || !(target instanceof Element)) return;
      const isOverOther = buttons === 0 && (!domNode.contains(target) || target.closest('.react-flow__node, .react-flow__panel') !== null);
      const at = screenToFlowPosition({ x: clientX, y: clientY }, { snapToGrid: false });
      setId(isOverOther ? undefined : nearestRoute(routes, at, reachPx / transform[2])?.id);
    };
    // A finger does not hover: its first tap takes hold.
    for (const type of ['pointermove', 'pointerdown'] as const) window.addEventListener(type, follow, { passive: true });
    return () => {
      for (const type of ['pointermove', 'pointerdown'] as const) window.removeEventListener(type, follow);
    };
  }, [isOn, routes, screenToFlowPosition, flowStore]);
  return isOn ? id : undefined;
}
