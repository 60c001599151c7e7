import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import type { AnyDescription } from '../../shared/catalog/define.ts';
import type { FlowNode } from '../../shared/flow.ts';
import type { ProbeStage } from '../../shared/probe.ts';
import { asApiError } from '../api.ts';
import { findNode } from '../editor/document.ts';
import { useEditor, useEditorStore } from '../editor/store.ts';
import { filledNode, useParameterValues } from '../parameters/filled.ts';
import { mailFoldersKey } from './mail-folders.ts';
import { probeKeys, runProbe, stagesThatHold, whyNotVisit, withStage, type ProbeKeys } from './probe-stream.ts';

/** The longest connection test, in ms; each stage has its own shorter deadline on the server. */
const deadlineMs = 5 * 60_000;

/** Outcome of a connection test, kept with the values it was made with. */
export interface ProbeResult {
  keys: ProbeKeys;
  stages: ProbeStage[];
  isRunning: boolean;
  /** Why the test itself could not be made. */
  failure?: { message: string; remedy: string };
}

export interface Probe {
  /** What holds for the values in the form now. */
  stages: ProbeStage[];
  isRunning: boolean;
  failure?: { message: string; remedy: string } | undefined;
  run: () => void;
  cancel: () => void;
}

/** Test connection of one channel, on the values in the form. */
export function useProbe(node: FlowNode, description: AnyDescription): Probe {
  const store = useEditorStore();
  const queryClient = useQueryClient();
  const kept = useEditor((state) => state.probes[node.id]);
  const values = useParameterValues();
  const keys = useMemo(() => probeKeys(description, node.config), [description, node.config]);
  const running = useRef<{ key: string; ended: AbortController } | undefined>(undefined);

  // The values changed or the form was closed: what is being tested is no longer what is there.
  useEffect(
    () => () => {
      if (running.current?.key === keys.all) running.current.ended.abort();
    },
    [keys.all],
  );

  const run = async () => {
    running.current?.ended.abort();
    // Not those of the last rendering: a button may have changed them just before.
    const { type, config } = filledNode(findNode(store.getState().document, node.id) ?? node, description, values);
    const tested = probeKeys(description, config);
    const nothing: ProbeResult = { keys: tested, stages: [], isRunning: false };
    const failure = whyNotVisit(description, config, false);
    if (failure) {
      store.getState().setProbe(node.id, { ...nothing, failure });
      return;
    }
    const ended = new AbortController();
    running.current = { key: tested.all, ended };
    let result: ProbeResult = { ...nothing, isRunning: true };
    const set = (change: Partial<ProbeResult>) => {
      if (running.current?.ended !== ended) return;
      result = { ...result, ...change };
      store.getState().setProbe(node.id, result);
    };
    set({});
    try {
      const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(deadlineMs)]);
      const report = (stage: ProbeStage) => {
        const { folders } = stage.facts ?? {};
        if (folders) queryClient.setQueryData(mailFoldersKey(tested), { folders });
        set({ stages: withStage(result.stages, stage) });
      };
      await runProbe(type, config, report, signal);
      set({ isRunning: false });
    } catch (error) {
      if (ended.signal.aborted) set(nothing);
      else set({ isRunning: false, failure: asApiError(error) });
    }
  };

  return {
    stages: useMemo(() => (kept ? stagesThatHold(kept.stages, kept.keys, keys) : []), [kept, keys]),
    isRunning: kept?.isRunning === true && kept.keys.all === keys.all,
    failure: kept?.keys.all === keys.all ? kept.failure : undefined,
    run: () => void run(),
    cancel: () => running.current?.ended.abort(),
  };
}
