import { getSmoothStepPath, useConnection, ViewportPortal, type ConnectionLineComponentProps } from '@xyflow/react';
import { whyNotConnect } from '../../shared/ports.ts';
import { nodeAt, openPort } from './document.ts';
import { PointerHint } from './pointer-hint.tsx';
import { useEditor } from './store.ts';

/** The wire while it is drawn. */
export function ConnectionLine({ fromX, fromY, toX, toY, fromPosition, toPosition }: ConnectionLineComponentProps) {
  const [path] = getSmoothStepPath({
    sourceX: fromX,
    sourceY: fromY,
    sourcePosition: fromPosition,
    targetX: toX,
    targetY: toY,
    targetPosition: toPosition,
    borderRadius: 12,
  });
  return <path d={path} fill="none" className="stroke-accent" strokeWidth={1.5} strokeDasharray="5 3" />;
}

/** Says at the pointer why the wire must not end on the node below it. */
export function ConnectionHint() {
  const document = useEditor((state) => state.document);
  const without = useEditor((state) => state.reconnectingId) ?? undefined;
  const { inProgress, fromNode, fromHandle, to } = useConnection();
  if (!inProgress) return null;
  const target = nodeAt(document, to);
  if (!target || target.id === fromNode.id) return null;
  const reason =
    fromHandle.type === 'source'
      ? whyNotConnect(document, fromNode.id, target.id, { port: fromHandle.id ?? '', without })
      : whyNotConnect(document, target.id, fromNode.id, { port: openPort(document, target.id), without });
  if (reason === undefined) return null;
  return (
    <ViewportPortal>
      <PointerHint at={to} text={reason} />
    </ViewportPortal>
  );
}
