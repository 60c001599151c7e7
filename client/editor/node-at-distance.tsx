import type { NodeProps } from '@xyflow/react';
import { createContext, memo, useContext } from 'react';
import { NodeView, type CanvasNode } from './node-view.tsx';
import { PlainNode } from './plain-node.tsx';

/** Whether the drawing is seen from afar. */
export const FarContext = createContext(false);

/** What React Flow draws for a node: in full, or plain from afar. */
export const NodeAtDistance = memo(function NodeAtDistance({ data, selected }: NodeProps<CanvasNode>) {
  const isFar = useContext(FarContext);
  return isFar ? <PlainNode data={data} selected={selected} /> : <NodeView data={data} selected={selected} />;
});
