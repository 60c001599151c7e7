import { useEffect, useRef } from 'react';
import type { AnyDescription } from '../../shared/catalog/define.ts';
import type { ProbeStage } from '../../shared/probe.ts';
import type { FlowNode } from '../../shared/flow.ts';
import { useEditor, useEditorStore } from '../editor/store.ts';
import { asApiError } from '../api.ts';
import { probeKey, runProbe, whyNotProbe, withStage } from './probe-stream.ts';

/** The longest connection test, in ms; each stage has its own shorter deadline on the server. */
const deadlineMs = 180_000;

/** Outcome of a connection test, kept while the values it was made with stay the same. */
export interface ProbeResult {
  key: string;
  stages: ProbeStage[];
  isRunning: boolean;
  /** Why the test itself could not be made. */
  failure?: { message: string; remedy: string };
}

export interface Probe extends ProbeResult {
  run: () => void;
  cancel: () => void;
}

/** Test connection of one channel, on the values in the form. */
export function useProbe(node: FlowNode, description: AnyDescription): Probe {
  const store = useEditorStore();
  const key = probeKey(description, node.config);
  const kept = useEditor((state) => state.probes[node.id]);
  const running = useRef<{ key: string; ended: AbortController } | undefined>(undefined);

  // The values changed or the form was closed: what is being tested is no longer what is there.
  useEffect(
    () => () => {
      if (running.current?.key === key) running.current.ended.abort();
    },
    [key],
  );

  const run = async () => {
    running.current?.ended.abort();
    const failure = whyNotProbe(description, node.config);
    if (failure) {
      store.getState().setProbe(node.id, { ...empty(key), failure });
      return;
    }
    const ended = new AbortController();
    running.current = { key, ended };
    const set = (change: (before: ProbeResult) => ProbeResult) => {
      if (running.current?.ended === ended) store.getState().setProbe(node.id, change(store.getState().probes[node.id] ?? empty(key)));
    };
    set(() => ({ key, stages: [], isRunning: true }));
    try {
      const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(deadlineMs)]);
      await runProbe(node.type, node.config, (stage) => set((before) => ({ ...before, stages: withStage(before.stages, stage) })), signal);
      set((before) => ({ ...before, isRunning: false }));
    } catch (error) {
      if (ended.signal.aborted) set(() => empty(key));
      else set((before) => ({ ...before, isRunning: false, failure: asApiError(error) }));
    }
  };

  const current = kept?.key === key ? kept : empty(key);
  return { ...current, run: () => void run(), cancel: () => running.current?.ended.abort() };
}

function empty(key: string): ProbeResult {
  return { key, stages: [], isRunning: false };
}
