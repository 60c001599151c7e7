import { createStore, useStore, type StoreApi } from 'zustand';
import type { KeptMail, OfferedMail, SimulatedMail, SimulatedStep, TypedMail } from '../../shared/api/simulations.ts';
import type { ErrorView } from '../../shared/errors.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import { describeType } from '../../shared/catalog/index.ts';
import { fillIn } from '../../shared/parameters.ts';
import { asApiError } from '../api.ts';
import { useEditorStore, type EditorStore } from '../editor/store.ts';
import { whenLeft } from '../editor/when-left.ts';
import { runSimulation } from './simulation-stream.ts';

/** The simulation of one open flow: what was chosen for it and how the last one went. It outlives its panel. */

export type MailSource = 'mailbox' | 'file' | 'message' | 'typed';

export interface SimulationState {
  /** Steps may name it. */
  flowName: string;
  source: MailSource;
  /** With what it was listed for: another channel has other mails. */
  offered: { mail: OfferedMail; channel: string } | null;
  file: (KeptMail & { fileName: string }) | null;
  messageId: string | null;
  typed: Required<TypedMail>;
  /** Receivers that are really called. */
  live: ReadonlySet<string>;
  values: Record<string, string>;
  run: SimulationRun | null;
  /** The line that is looked at. */
  position: number | null;
}

export interface SimulationRun {
  /** What was run: a later change of the drawing makes it one of before. */
  document: FlowDocument;
  steps: SimulatedStep[];
  isRunning: boolean;
  end: { status: 'COMPLETED' | 'FAILED' | 'CANCELLED'; error: Pick<ErrorView, 'message' | 'remedy'> | null } | null;
}

export interface SimulationStore extends StoreApi<SimulationState> {
  /** Runs the drawing as it stands; nothing while no mail is chosen. */
  start: () => void;
  cancel: (this: void) => void;
}

const stores = new WeakMap<EditorStore, SimulationStore>();

export function simulationOf(editor: EditorStore): SimulationStore {
  const known = stores.get(editor);
  if (known) return known;
  const made = createSimulation(editor);
  whenLeft(editor, made.cancel);
  stores.set(editor, made);
  return made;
}

export function useSimulation<T>(select: (state: SimulationState) => T): T {
  return useStore(simulationOf(useEditorStore()), select);
}

/** What is chosen, as the server takes it; undefined while nothing is. */
export function chosenMail(
  { source, offered, file, messageId, typed, values }: SimulationState,
  document: FlowDocument,
): SimulatedMail | undefined {
  if (source === 'mailbox') {
    if (offered?.channel !== channelKey(document, values)) return undefined;
    return { kind: 'mailbox', uid: offered.mail.uid, epoch: offered.mail.epoch };
  }
  if (source === 'file') return file ? { kind: 'kept', hash: file.hash } : undefined;
  if (source === 'message') return messageId === null ? undefined : { kind: 'message', id: messageId };
  return { kind: 'typed', ...typed };
}

/** Equal for drawings that read the same mailbox. */
export function channelKey(document: FlowDocument, values: Record<string, string>): string {
  const senders = fillIn(document, values).nodes.filter(({ type }) => describeType(type)?.role === 'sender');
  return JSON.stringify(senders.map(({ id, config }) => [id, config]));
}

function createSimulation(editor: EditorStore): SimulationStore {
  const store = createStore<SimulationState>(() => ({
    flowName: '',
    source: 'mailbox',
    offered: null,
    file: null,
    messageId: null,
    typed: { from: 'ada@example.com', to: 'orders@example.com', subject: 'Order 17', text: 'Four chairs, please.', isHtml: false },
    live: new Set(),
    values: {},
    run: null,
    position: null,
  }));
  let current: AbortController | undefined;

  async function run(): Promise<void> {
    const state = store.getState();
    const { document, announce } = editor.getState();
    const mail = chosenMail(state, document);
    if (!mail) return;
    current?.abort();
    const ended = new AbortController();
    current = ended;
    let result: SimulationRun = { document, steps: [], isRunning: true, end: null };
    const set = (change: Partial<SimulationRun>) => {
      if (current !== ended) return;
      result = { ...result, ...change };
      store.setState({ run: result });
    };
    const lookedAt = state.run?.steps.find(({ position }) => position === state.position)?.nodeId;
    set({});
    announce('Simulating…');
    const live = document.nodes.map(({ id }) => id).filter((id) => state.live.has(id));
    try {
      await runSimulation(
        { document, values: state.values, flowName: state.flowName, mail, live },
        (event) => {
          if (event.kind === 'step') set({ steps: withStep(result.steps, event) });
          if (event.kind === 'end') set({ isRunning: false, end: event });
        },
        ended.signal,
      );
      if (!result.end) throw new Error('The connection was closed before the simulation ended.');
    } catch (error) {
      const end = ended.signal.aborted
        ? { status: 'CANCELLED' as const, error: null }
        : { status: 'FAILED' as const, error: asApiError(error) };
      set({ isRunning: false, end, steps: result.steps.map(brokenOff) });
    }
    if (current !== ended) return;
    // What is looked for when something failed is where; else the same node as in the run before.
    const shown =
      result.steps.find(({ outcome }) => outcome === 'failed') ??
      result.steps.find(({ nodeId }) => nodeId === lookedAt) ??
      result.steps.at(-1);
    store.setState({ position: shown?.position ?? null });
    editor.getState().announce(endText(result));
  }

  return Object.assign(store, { start: () => void run(), cancel: () => current?.abort() });
}

/** What ran when nobody heard of it any more. */
function brokenOff(step: SimulatedStep): SimulatedStep {
  return step.outcome === 'running'
    ? { ...step, outcome: 'skipped', summary: 'How it ended is not known.', endedAt: step.startedAt }
    : step;
}

function withStep(steps: SimulatedStep[], step: SimulatedStep): SimulatedStep[] {
  const next = [...steps];
  next[step.position] = step;
  return next;
}

export function endText({ end, steps }: SimulationRun): string {
  if (!end) return 'Running…';
  if (end.status === 'CANCELLED') return 'Cancelled.';
  const failed = steps.filter(({ outcome }) => outcome === 'failed').length;
  if (end.status === 'COMPLETED') return `Completed: ${steps.length} ${steps.length === 1 ? 'step' : 'steps'}.`;
  return failed > 1
    ? `Failed at ${failed} steps.`
    : `Failed${failed === 1 ? ` at ${steps.find(({ outcome }) => outcome === 'failed')?.name}` : ''}.`;
}
