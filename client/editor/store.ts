import { createContext, useContext } from 'react';
import { createStore, useStore, type StoreApi } from 'zustand';
import type { FlowDocument, Position } from '../../shared/flow.ts';
import type { Problem } from '../../shared/problem.ts';
import type { ProbeResult } from '../probe/use-probe.ts';
import { nothingSelected, placedIn, setField, type Selection } from './document.ts';
import type { Wire } from './legal-targets.ts';
import type { MarkLayer, MarkLayers, Marks } from './marks.ts';
import type { PanelRequest } from './side-panel.tsx';
import { begin, commit, emptyHistory, record, redo, undo, type History, type Step } from './history.ts';

/** What may hold a palette item while it is dragged. */
export interface PaletteDrag {
  type: string;
  /** Pointer, in px of the window. */
  pointer: Position;
  /** Connection under the pointer. */
  edgeId?: string;
  /** Why it must not be dropped here. */
  reason?: string;
}

/** The searchable menu of steps: where it opens and what choosing does. */
export interface StepMenuRequest {
  /** Px of the window. */
  at: Position;
  purpose:
    | { kind: 'splice'; edgeId: string }
    /** Draws a connection from or to a node that is there. */
    | { kind: 'connect'; id: string }
    /** Takes a node to another place of the flow. */
    | { kind: 'move'; id: string }
    | { kind: 'append'; from: string; port?: string; position?: Position }
    | { kind: 'prepend'; to: string; position: Position }
    /** At a place of the canvas, connected to nothing. */
    | { kind: 'add'; position: Position }
    /** Another type in the place of a node. */
    | { kind: 'replace'; id: string }
    /** Another end for a connection. */
    | { kind: 'reconnect'; edgeId: string };
}

export interface EditorState {
  document: FlowDocument;
  history: History;

  selection: Selection;
  /** Node whose properties are shown. */
  openNodeId: string | null;
  /** The settings of the flow are shown instead. */
  isFlowOpen: boolean;
  /** Field of the open node to put the cursor into. */
  wantedField: { key: string; isFocused: boolean } | null;
  /** The one node that Tab leads to; absent from the drawing: its first. */
  rovingId: string | null;
  /** Node whose name is being typed on the canvas. */
  renamingId: string | null;
  paletteDrag: PaletteDrag | null;
  wire: Wire | null;
  /** Connection whose end is being dragged elsewhere. */
  reconnectingId: string | null;
  /** A press on a node adds it to the selection or takes it out: for fingers, which hold no key. */
  isSelecting: boolean;
  stepMenu: StepMenuRequest | null;
  marks: MarkLayers;
  /** Beside the canvas, instead of properties. */
  sidePanel: PanelRequest | null;
  problems: Problem[];
  isProblemsOpen: boolean;
  isSearchOpen: boolean;
  /** What lies over the editor and waits for an answer. */
  overlay: 'commands' | 'shortcuts' | 'deploy' | null;
  /** Last connection test by node. */
  probes: Record<string, ProbeResult>;
  /** Last announcement for screen readers. */
  announcement: string;

  /** One complete change, undone in one step; those with the same `burst` that follow each other at once are undone together. */
  change: (label: string, change: (document: FlowDocument) => FlowDocument, burst?: string) => void;
  beginGesture: (label: string) => void;
  /** A change inside a gesture, seen at once. */
  changeInGesture: (change: (document: FlowDocument) => FlowDocument) => void;
  commitGesture: () => void;
  /** A keystroke in a field. */
  typeField: (nodeId: string, key: string, value: unknown) => void;
  rename: (nodeId: string, name: string) => void;
  undo: () => void;
  redo: () => void;
  /** Another drawing than the one edited so far, without a way back. */
  adopt: (document: FlowDocument) => void;

  select: (selection: Partial<Selection>) => void;
  openProperties: (nodeId: string | null, field?: string) => void;
  openFlowSettings: (field?: string) => void;
  openPanel: (panel: PanelRequest | null) => void;
  setMarks: (layer: MarkLayer, marks: Marks | null) => void;
  set: (
    patch: Partial<
      Pick<
        EditorState,
        | 'wantedField'
        | 'renamingId'
        | 'rovingId'
        | 'paletteDrag'
        | 'wire'
        | 'reconnectingId'
        | 'isSelecting'
        | 'stepMenu'
        | 'problems'
        | 'isProblemsOpen'
        | 'isSearchOpen'
        | 'overlay'
      >
    >,
  ) => void;
  setProbe: (nodeId: string, result: ProbeResult) => void;
  announce: (text: string) => void;
}

export type EditorStore = StoreApi<EditorState>;

/** The state of one open flow. The drawing and its history are kept apart from selection and hover: undo touches only the former. */
export function createEditorStore(document: FlowDocument): EditorStore {
  return createStore<EditorState>((set, get) => {
    const travel = (step: Step | undefined, verb: string) => {
      if (!step) return;
      set({ document: step.document, history: step.history, announcement: `${verb}: ${step.label}`, ...stillThere(get(), step.document) });
    };
    return {
      document,
      history: emptyHistory,
      selection: nothingSelected,
      openNodeId: null,
      isFlowOpen: false,
      wantedField: null,
      rovingId: null,
      renamingId: null,
      paletteDrag: null,
      wire: null,
      reconnectingId: null,
      isSelecting: false,
      stepMenu: null,
      marks: {},
      sidePanel: null,
      problems: [],
      isProblemsOpen: false,
      isSearchOpen: false,
      overlay: null,
      probes: {},
      announcement: '',

      change: (label, change, burst) => {
        const { document: before, history } = get();
        const after = change(before);
        if (after === before) return;
        set({
          document: after,
          history: record(history, label, before, burst === undefined ? undefined : { key: burst, at: Date.now() }),
          ...stillThere(get(), after),
        });
      },
      beginGesture: (label) => set({ history: begin(get().history, label, get().document) }),
      changeInGesture: (change) => set({ document: change(get().document) }),
      commitGesture: () => set({ history: commit(get().history, get().document) }),
      typeField: (nodeId, key, value) => {
        const { document: before, history } = get();
        const burst = { key: `${nodeId}.${key}`, at: Date.now() };
        set({ document: setField(before, nodeId, key, value), history: record(history, 'Edit properties', before, burst) });
      },
      rename: (nodeId, name) => get().change('Rename', (before) => setField(before, nodeId, 'name', name)),
      undo: () => travel(undo(get().history, get().document), 'Undone'),
      redo: () => travel(redo(get().history, get().document), 'Done again'),
      adopt: (next) => set({ document: next, history: emptyHistory, ...stillThere(get(), next) }),

      select: ({ nodeIds, edgeIds }) => {
        const [only] = nodeIds ?? [];
        set({
          selection: { nodeIds: nodeIds ?? new Set(), edgeIds: edgeIds ?? new Set() },
          ...(nodeIds?.size === 1 && only !== undefined ? { rovingId: only } : {}),
        });
      },
      openProperties: (nodeId, field) =>
        set({
          openNodeId: nodeId,
          isFlowOpen: false,
          sidePanel: nodeId === null ? get().sidePanel : keptPanel(get()),
          wantedField: field === undefined ? null : { key: field, isFocused: false },
          ...(nodeId === null ? {} : { rovingId: nodeId, selection: { nodeIds: new Set([nodeId]), edgeIds: new Set<string>() } }),
        }),
      openFlowSettings: (field) =>
        set({
          openNodeId: null,
          isFlowOpen: true,
          sidePanel: keptPanel(get()),
          selection: nothingSelected,
          wantedField: field === undefined ? null : { key: field, isFocused: false },
        }),
      openPanel: (sidePanel) => set(sidePanel ? { sidePanel, openNodeId: null, isFlowOpen: false } : { sidePanel }),
      setMarks: (layer, marks) => {
        const { [layer]: _old, ...others } = get().marks;
        set({ marks: marks ? { ...others, [layer]: marks } : others });
      },
      set: (patch) => set(patch),
      setProbe: (nodeId, result) => set({ probes: { ...get().probes, [nodeId]: result } }),
      announce: (announcement) => set({ announcement }),
    };
  });
}

/** The outline is where a person goes through the drawing: properties opened from it lead back to it. */
function keptPanel({ sidePanel }: EditorState): PanelRequest | null {
  return sidePanel?.kind === 'outline' ? sidePanel : null;
}

/** Selection and open panel without what the drawing no longer has. */
function stillThere({ selection, openNodeId }: EditorState, document: FlowDocument): Pick<EditorState, 'selection' | 'openNodeId'> {
  const kept = (ids: ReadonlySet<string>, there: { id: string }[]) => new Set(there.map(({ id }) => id).filter((id) => ids.has(id)));
  return {
    selection: { nodeIds: kept(selection.nodeIds, placedIn(document)), edgeIds: kept(selection.edgeIds, document.edges) },
    openNodeId: document.nodes.some(({ id }) => id === openNodeId) ? openNodeId : null,
  };
}

export const EditorContext = createContext<EditorStore | null>(null);

/** The store itself, for handlers that read the newest state without rendering on every change. */
export function useEditorStore(): EditorStore {
  const store = useContext(EditorContext);
  if (!store) throw new Error('No flow is open here');
  return store;
}

export function useEditor<T>(select: (state: EditorState) => T): T {
  return useStore(useEditorStore(), select);
}
