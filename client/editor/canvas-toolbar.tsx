import { useReactFlow, useStore as useFlowStore } from '@xyflow/react';
import {
  Braces,
  CircleHelp,
  ListTree,
  Map,
  Maximize,
  Minus,
  Plus,
  Redo2,
  Search,
  Settings2,
  SquareDashedMousePointer,
  Undo2,
  WandSparkles,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '../ui/icon-button.tsx';
import { tidy } from './tidy.ts';
import { useEditor, useEditorStore } from './store.ts';

/** Undo, zoom, fit, search, outline, tidy, map and help, at the lower left of the canvas. */
export function CanvasToolbar({
  isReadOnly,
  hasMap,
  onToggleMap,
  onShowShortcuts,
}: {
  isReadOnly: boolean;
  hasMap: boolean;
  onToggleMap: () => void;
  onShowShortcuts: () => void;
}) {
  const store = useEditorStore();
  const { zoomIn, zoomOut, fitView } = useReactFlow();
  const zoom = useFlowStore((state) => state.transform[2]);
  const canUndo = useEditor((state) => state.history.past.length > 0);
  const isSelecting = useEditor((state) => state.isSelecting);
  const isFlowOpen = useEditor((state) => state.isFlowOpen);
  const isOutlineOpen = useEditor((state) => state.sidePanel?.kind === 'outline' && state.openNodeId === null);
  const canRedo = useEditor((state) => state.history.future.length > 0);
  return (
    <div role="toolbar" aria-label="Canvas tools" className="absolute bottom-3 left-3 z-10 flex flex-wrap gap-2">
      {!isReadOnly && (
        <Group>
          <IconButton
            size="sm"
            label="Undo (Ctrl+Z)"
            icon={<Undo2 size={15} aria-hidden />}
            disabled={!canUndo}
            onClick={() => store.getState().undo()}
          />
          <IconButton
            size="sm"
            label="Redo (Ctrl+Y)"
            icon={<Redo2 size={15} aria-hidden />}
            disabled={!canRedo}
            onClick={() => store.getState().redo()}
          />
        </Group>
      )}
      {!isReadOnly && (
        <Group>
          <IconButton
            size="sm"
            label="Select several"
            icon={<SquareDashedMousePointer size={15} aria-hidden />}
            aria-pressed={isSelecting}
            className={isSelecting ? 'bg-accent-soft text-accent' : ''}
            onClick={() => store.getState().set({ isSelecting: !isSelecting })}
          />
        </Group>
      )}
      <Group>
        <IconButton size="sm" label="Zoom out" icon={<Minus size={15} aria-hidden />} onClick={() => void zoomOut()} />
        <span className="text-ink-soft tabular w-10 text-center text-xs">{Math.round(zoom * 100)} %</span>
        <IconButton size="sm" label="Zoom in" icon={<Plus size={15} aria-hidden />} onClick={() => void zoomIn()} />
        <IconButton
          size="sm"
          label="Fit to view (1)"
          icon={<Maximize size={15} aria-hidden />}
          onClick={() => void fitView({ maxZoom: 1, padding: 0.2 })}
        />
      </Group>
      <Group>
        <IconButton
          size="sm"
          label="Find in the flow (Ctrl+F)"
          icon={<Search size={15} aria-hidden />}
          onClick={() => store.getState().set({ isSearchOpen: true })}
        />
        <IconButton
          size="sm"
          label="Outline (O)"
          icon={<ListTree size={15} aria-hidden />}
          aria-pressed={isOutlineOpen}
          onClick={() => store.getState().openPanel(isOutlineOpen ? null : { kind: 'outline' })}
        />
      </Group>
      {!isReadOnly && (
        <Group>
          <IconButton
            size="sm"
            label="Flow settings"
            icon={<Settings2 size={15} aria-hidden />}
            aria-pressed={isFlowOpen}
            onClick={() => (isFlowOpen ? store.getState().openProperties(null) : store.getState().openFlowSettings())}
          />
          <IconButton
            size="sm"
            label="Parameters"
            icon={<Braces size={15} aria-hidden />}
            onClick={() => store.getState().openPanel({ kind: 'parameters' })}
          />
          <IconButton
            size="sm"
            label="Tidy up"
            icon={<WandSparkles size={15} aria-hidden />}
            onClick={() => store.getState().change('Tidy up', (document) => tidy(document))}
          />
          <IconButton size="sm" label="Map" icon={<Map size={15} aria-hidden />} aria-pressed={hasMap} onClick={onToggleMap} />
          <IconButton size="sm" label="Shortcuts (?)" icon={<CircleHelp size={15} aria-hidden />} onClick={onShowShortcuts} />
        </Group>
      )}
    </div>
  );
}

function Group({ children }: { children: ReactNode }) {
  return <div className="border-line bg-raised flex items-center rounded-lg border p-0.5 shadow-sm">{children}</div>;
}
