import { BaseEdge, EdgeLabelRenderer, getSmoothStepPath, Position, type Edge, type EdgeProps } from '@xyflow/react';
import { Plus } from 'lucide-react';
import { memo } from 'react';
import type { Problem } from '../../shared/problem.ts';
import { classNames } from '../ui/class-names.ts';
import { toneText } from '../ui/tone.ts';
import { turnOf } from './edge-route.ts';
import { ProblemBadge } from './problem-badge.tsx';
import { useEdgeMark } from './marks.ts';
import { useNodeDrag } from './node-drag.ts';
import { useEditor, useEditorStore } from './store.ts';

export type CanvasEdge = Edge<{ fromName: string; toName: string; lane: number; problems: Problem[]; isReadOnly: boolean }, 'flow'>;

/** A connection with its arrow and, in its middle, the "+" that puts a step into it. */
export const EdgeView = memo(function EdgeView({ id, data, selected, sourceX, sourceY, targetX, targetY }: EdgeProps<CanvasEdge>) {
  const store = useEditorStore();
  const isUnderItem = useEditor(({ paletteDrag }) => paletteDrag?.edgeId === id && paletteDrag.reason === undefined);
  const isUnderNode = useNodeDrag((drag) => drag?.edgeId === id);
  const isDropTarget = isUnderItem || isUnderNode;
  const [path, labelX, labelY] = getSmoothStepPath({
    sourceX,
    sourceY,
    sourcePosition: Position.Right,
    targetX: targetX - 1,
    targetY,
    targetPosition: Position.Left,
    borderRadius: 12,
    centerX: turnOf(sourceX, targetX, data?.lane ?? 0),
  });
  const mark = useEdgeMark(id);
  const isActive = selected === true || isDropTarget || mark?.isTravelled === true;

  return (
    <>
      <BaseEdge
        id={id}
        path={path}
        data-drop={isDropTarget ? 'yes' : undefined}
        markerEnd={`url(#${isActive ? 'arrow-active' : 'arrow'})`}
        interactionWidth={30}
        style={{
          ...(mark?.isTravelled ? { stroke: 'var(--accent)', strokeWidth: 3 } : {}),
          ...(mark?.isFaded ? { opacity: 0.5, strokeDasharray: '5 4' } : {}),
        }}
      />
      {mark?.label !== undefined && (
        <EdgeLabelRenderer>
          <span
            className={classNames(
              'bg-surface tabular pointer-events-none absolute rounded-sm px-1 text-[11px]/4',
              toneText[mark.tone ?? 'neutral'],
            )}
            style={{ transform: `translate(-50%, ${data?.isReadOnly ? '-50%' : '-180%'}) translate(${labelX}px, ${labelY}px)` }}
          >
            {mark.label}
          </span>
        </EdgeLabelRenderer>
      )}
      {data && data.problems.length > 0 && (
        <EdgeLabelRenderer>
          <span className="absolute" style={{ transform: `translate(-50%, -180%) translate(${labelX}px, ${labelY}px)` }}>
            <ProblemBadge problems={data.problems} />
          </span>
        </EdgeLabelRenderer>
      )}
      {data && !data.isReadOnly && (
        <EdgeLabelRenderer>
          <button
            type="button"
            // By keyboard a step is put into the connection that has the focus.
            tabIndex={-1}
            aria-label={`Insert a step between ${data.fromName} and ${data.toName}`}
            className={classNames(
              'edge-plus nodrag nopan group pointer-events-auto absolute flex size-7 items-center justify-center rounded-full',
              isDropTarget && 'invisible',
            )}
            style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px) scale(var(--enlarged))` }}
            onClick={(event) => {
              const box = event.currentTarget.getBoundingClientRect();
              store.getState().set({ stepMenu: { at: { x: box.left, y: box.bottom + 4 }, purpose: { kind: 'splice', edgeId: id } } });
            }}
          >
            <span className="border-line-strong bg-surface text-ink-faint group-hover:border-accent group-hover:bg-accent group-hover:text-accent-ink group-focus-visible:border-accent flex size-[18px] items-center justify-center rounded-full border transition-colors">
              <Plus size={12} strokeWidth={2.25} aria-hidden />
            </span>
          </button>
        </EdgeLabelRenderer>
      )}
    </>
  );
});

/** The arrow heads that `EdgeView` refers to; once per canvas. */
export function ArrowHeads() {
  return (
    <svg aria-hidden className="pointer-events-none absolute size-0">
      <defs>
        {(['arrow', 'arrow-active'] as const).map((id) => (
          <marker
            key={id}
            id={id}
            viewBox="0 0 8 8"
            refX="6"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0.5 0.5 L7 4 L0.5 7.5 Z" className={id === 'arrow' ? 'fill-ink-faint' : 'fill-accent'} />
          </marker>
        ))}
      </defs>
    </svg>
  );
}
