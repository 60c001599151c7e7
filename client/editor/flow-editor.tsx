import { useRouterState, useSearch } from '@tanstack/react-router';
import { ReactFlowProvider } from '@xyflow/react';
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from 'react';
import type { FlowView } from '../../shared/api/flows.ts';
import { useRoute } from '../api.ts';
import { useMay } from '../may.ts';
import { DeployedValuesContext } from '../parameters/filled.ts';
import { Loaded } from '../shell/loaded.tsx';
import { usePageTitle } from '../shell/page-title.ts';
import { Canvas } from './canvas.tsx';
import { isMapShown, setCanvasSettings, useCanvasSettings } from './canvas-settings.ts';
import { CanvasToolbar } from './canvas-toolbar.tsx';
import { DeploymentContext } from './channel-state.tsx';
import { CommandPalette } from './command-palette.tsx';
import { CommandsContext } from './command-tools.ts';
import { ConflictBanner } from './conflict-banner.tsx';
import { ContextMenu } from './context-menu.tsx';
import { findNode } from './document.ts';
import { EditorHeader } from './editor-header.tsx';
import { LeaveDialog } from './leave-dialog.tsx';
import { LiveLine } from './live-line.tsx';
import { EmptyCanvas } from './empty-canvas.tsx';
import { Palette, PaletteGhost } from './palette.tsx';
import { ProblemsPanel } from './problems-panel.tsx';
import { SelectionToolbar } from './selection-toolbar.tsx';
import { ShortcutsDialog } from './shortcuts-dialog.tsx';
import { SearchBar } from './search-bar.tsx';
import { SidePanel } from './side-panel.tsx';
import { StepMenu } from './step-menu.tsx';
import { createEditorStore, EditorContext, useEditor, useEditorStore } from './store.ts';
import { useAutosave } from './use-autosave.ts';
import { useNewCommandTools } from './use-command-tools.ts';
import { useDeploy } from './use-deploy.ts';
import { useDirtyMarks } from './use-dirty-marks.ts';
import { useIsNarrow } from './use-is-narrow.ts';
import { useLiveMarks } from './use-live-marks.ts';
import { useNoPageZoom } from './use-no-page-zoom.ts';
import { useProblems } from './use-problems.ts';
import { useRoving } from './use-roving.ts';
import { useShortcuts } from './use-shortcuts.ts';
import { useEndings } from './when-left.ts';

const PropertiesPanel = lazy(async () => ({ default: (await import('../settings/properties-panel.tsx')).PropertiesPanel }));
const FlowSettingsPanel = lazy(async () => ({ default: (await import('../settings/properties-panel.tsx')).FlowSettingsPanel }));
const CompareView = lazy(async () => ({ default: (await import('../versions/compare-view.tsx')).CompareView }));
const RunView = lazy(async () => ({ default: (await import('../run/run-view.tsx')).RunView }));

/** One flow: canvas, palette, properties, problems and Deploy. */
export function FlowEditor({ flowId }: { flowId: string }) {
  const query = useRoute('getFlow', { params: { id: flowId } });
  return <Loaded query={query}>{(flow) => <OpenFlow key={flow.id} flow={flow} />}</Loaded>;
}

function OpenFlow({ flow }: { flow: FlowView }) {
  const openNodeId = useRouterState({ select: (state) => state.location.hash });
  const [store] = useState(() => {
    const created = createEditorStore(flow.draft);
    // A link may lead to one node: its properties are what it is followed for.
    if (findNode(flow.draft, openNodeId)) created.getState().openProperties(openNodeId);
    return created;
  });
  useEndings(store);
  return (
    <EditorContext value={store}>
      <DeploymentContext value={flow.deployment}>
        <DeployedValuesContext value={flow.parameterValues}>
          <ReactFlowProvider>
            <Editor flow={flow} />
          </ReactFlowProvider>
        </DeployedValuesContext>
      </DeploymentContext>
    </EditorContext>
  );
}

function Editor({ flow }: { flow: FlowView }) {
  const store = useEditorStore();
  usePageTitle(flow.name);
  const mayDesign = useMay('design');
  const saving = useAutosave(flow, mayDesign);
  const deploying = useDeploy(flow, saving.flush);
  const isNarrow = useIsNarrow();
  const isReadOnly = isNarrow || !mayDesign;
  const canvas = useRef<HTMLElement>(null);
  const openNodeId = useEditor((state) => state.openNodeId);
  const isFlowOpen = useEditor((state) => state.isFlowOpen);
  const hasMap = isMapShown(
    useCanvasSettings(),
    useEditor((state) => state.document.nodes.length),
  );
  const overlay = useEditor((state) => state.overlay);
  const announcement = useEditor((state) => state.announcement);
  useProblems();
  useDirtyMarks(flow);
  const live = useLiveMarks(flow);

  const { flush } = saving;
  const save = useCallback(() => void flush(), [flush]);
  const { compare, run, attempt } = useSearch({ from: '/inside/flows/$flowId' });
  const isDrawing = compare === undefined && run === undefined;
  const tools = useNewCommandTools(canvas, { save, deploy: deploying.begin });
  const commands = useMemo(() => ({ tools, isReadOnly }), [tools, isReadOnly]);
  useNoPageZoom(canvas, isDrawing);
  useRoving(tools, isReadOnly);
  useShortcuts(tools, { isReadOnly, isOn: isDrawing });

  return (
    <CommandsContext value={commands}>
      <div className="flex h-full min-h-0 flex-col">
        <EditorHeader flow={flow} saving={saving} deploying={deploying} isReadOnly={isReadOnly} isNarrow={isNarrow} />
        {saving.state.kind === 'conflict' && <ConflictBanner flow={flow} saving={saving} />}
        {compare !== undefined && (
          <Suspense>
            <CompareView flow={flow} compare={compare} isReadOnly={isReadOnly} />
          </Suspense>
        )}
        {run !== undefined && (
          <Suspense>
            <RunView flow={flow} run={run} attempt={attempt} />
          </Suspense>
        )}
        {isDrawing && (
          <div className="relative flex min-h-0 flex-1">
            {!isReadOnly && <Palette />}
            <div className="flex min-w-0 flex-1 flex-col">
              <section ref={canvas} aria-label="Canvas" className="relative min-h-0 flex-1">
                <Canvas isReadOnly={isReadOnly} opensProperties={!isNarrow} hasMap={hasMap} />
                <EmptyCanvas isReadOnly={isReadOnly} />
                {live && <LiveLine flowId={flow.id} live={live} />}
                <SearchBar />
                <CanvasToolbar
                  isReadOnly={isReadOnly}
                  hasMap={hasMap}
                  onToggleMap={() => setCanvasSettings({ map: hasMap ? 'off' : 'on' })}
                  onShowShortcuts={() => store.getState().set({ overlay: 'shortcuts' })}
                />
                {!isReadOnly && <SelectionToolbar />}
              </section>
              <ContextMenu />
              <ProblemsPanel />
            </div>
            <Suspense>
              {openNodeId !== null && !isNarrow && <PropertiesPanel key={openNodeId} nodeId={openNodeId} />}
              {isFlowOpen && !isNarrow && <FlowSettingsPanel />}
            </Suspense>
            <SidePanel flow={flow} />
          </div>
        )}
        <PaletteGhost />
        <StepMenu />
        <CommandPalette />
        <LeaveDialog saving={saving} />
        <ShortcutsDialog isOpen={overlay === 'shortcuts'} onClose={() => store.getState().set({ overlay: null })} />
        <output aria-live="polite" className="sr-only">
          {announcement}
        </output>
      </div>
    </CommandsContext>
  );
}
