import { lazy, Suspense, type ReactNode } from 'react';
import type { FlowView } from '../../shared/api/flows.ts';
import { useEditor } from './store.ts';

/** What may stand beside the canvas instead of properties. A room adds a line here; its component is loaded (`lazy`) when it is first opened. */
export type PanelRequest =
  | { kind: 'outline' }
  | { kind: 'simulate' }
  | { kind: 'parameters' }
  | { kind: 'run'; messageId: string; attempt?: number }
  | { kind: 'difference'; from: VersionName; to: VersionName };

/** A deployed version, the draft, or what another person has saved meanwhile. */
export type VersionName = number | 'draft' | 'theirs';

export interface PanelProps<Kind extends PanelRequest['kind']> {
  flow: FlowView;
  request: Extract<PanelRequest, { kind: Kind }>;
}

type Panels = { [Kind in PanelRequest['kind']]?: (props: PanelProps<Kind>) => ReactNode };

const OutlinePanel = lazy(async () => import('../outline/outline-panel.tsx'));
const ParametersPanel = lazy(async () => import('../parameters/parameters-panel.tsx'));

const SimulatePanel = lazy(async () => import('../simulate/simulate-panel.tsx'));

const panels: Panels = {
  outline: () => <OutlinePanel />,
  parameters: () => <ParametersPanel />,
  simulate: ({ flow }) => <SimulatePanel flow={flow} />,
};

export function SidePanel({ flow }: { flow: FlowView }) {
  const request = useEditor((state) => state.sidePanel);
  // They stand at the same place; the outline comes back when they are closed.
  const isCovered = useEditor((state) => state.openNodeId !== null || state.isFlowOpen);
  if (!request || isCovered) return null;
  const panel = panels[request.kind] as ((props: { flow: FlowView; request: PanelRequest }) => ReactNode) | undefined;
  return panel && <Suspense>{panel({ flow, request })}</Suspense>;
}
