/* oxlint-disable jsx-a11y/prefer-tag-over-role -- a drawing made here has no file for an <img> */
import { Panel, useReactFlow, useStore as useFlowStore } from '@xyflow/react';
import { useMemo, type PointerEvent } from 'react';
import { boxAround } from './guides.ts';
import { sizeOf } from './node-size.ts';
import { useEditor } from './store.ts';

const sizePx = { width: 200, height: 150 };

/**
 * The whole drawing, small, with what is in view; dragging in it moves the view. All nodes are one path: React Flow's own map keeps an element and
 * a subscription for each, which made up half of the work of a drag among a thousand.
 */
export function FlowMap() {
  const nodes = useEditor((state) => state.document.nodes);
  const [x, y, zoom] = useFlowStore((state) => state.transform);
  const width = useFlowStore((state) => state.width);
  const height = useFlowStore((state) => state.height);
  const { setCenter } = useReactFlow();
  const { path, drawn } = useMemo(() => {
    const boxes = nodes.map((node) => ({ ...node.position, ...sizeOf(node) }));
    return {
      path: boxes.map((box) => `M${box.x} ${box.y}h${box.width}v${box.height}h${-box.width}z`).join(''),
      drawn: boxAround(boxes),
    };
  }, [nodes]);

  const view = { x: -x / zoom, y: -y / zoom, width: width / zoom, height: height / zoom };
  const all = boxAround(drawn ? [drawn, view] : [view]) ?? view;
  const scale = Math.max(all.width / sizePx.width, all.height / sizePx.height) * 1.1 || 1;
  const shown = {
    x: all.x - (sizePx.width * scale - all.width) / 2,
    y: all.y - (sizePx.height * scale - all.height) / 2,
    width: sizePx.width * scale,
    height: sizePx.height * scale,
  };

  const follow = (event: PointerEvent<SVGSVGElement>) => {
    if (event.type === 'pointerdown') event.currentTarget.setPointerCapture(event.pointerId);
    else if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.getBoundingClientRect();
    void setCenter(shown.x + (event.clientX - box.left) * scale, shown.y + (event.clientY - box.top) * scale, { zoom });
  };
  return (
    <Panel position="bottom-right" className="border-line bg-surface overflow-hidden rounded-lg border">
      <svg
        role="img"
        aria-label="Map of the flow"
        {...sizePx}
        viewBox={`${shown.x} ${shown.y} ${shown.width} ${shown.height}`}
        className="block cursor-grab touch-none active:cursor-grabbing"
        onPointerDown={follow}
        onPointerMove={follow}
      >
        <path d={path} className="fill-line-strong" />
        <path
          d={`M${shown.x} ${shown.y}h${shown.width}v${shown.height}h${-shown.width}zM${view.x} ${view.y}v${view.height}h${view.width}v${-view.height}z`}
          className="fill-sunken opacity-70"
        />
        <rect {...view} fill="none" className="stroke-line-strong" strokeWidth={scale} />
      </svg>
    </Panel>
  );
}
