import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { FlowView } from '../../shared/api/flows.ts';
import { asApiError, call } from '../api.ts';
import { toast } from '../ui/toast.tsx';
import { Autosave, type SaveState } from './autosave.ts';
import { useEditorStore } from './store.ts';

export interface Saving {
  state: SaveState;
  /** Saves now. @returns the revision on the server, or undefined when it could not be saved */
  flush: () => Promise<number | undefined>;
  rename: (name: string) => void;
  /** After a conflict: drops what was drawn here and shows what the other person saved. */
  loadTheirs: () => Promise<void>;
  /** After a conflict: saves over what the other person saved. */
  keepMine: () => Promise<void>;
}

/** Keeps the draft on the server in step with the store, and the store with what others save while nothing is unsaved here. */
export function useAutosave(flow: FlowView): Saving {
  const store = useEditorStore();
  const queryClient = useQueryClient();
  const [state, setState] = useState<SaveState>({ kind: 'saved' });
  /** What the store changes to now comes from the server. */
  const isAdopting = useRef(false);
  const { id } = flow;

  const [autosave] = useState(
    () =>
      new Autosave({
        revision: flow.revision,
        save: async (body) => {
          const saved = await call('saveFlow', { params: { id }, body });
          queryClient.setQueryData(['getFlow', { params: { id } }], saved);
          void queryClient.invalidateQueries({ queryKey: ['listFlows'] });
          return saved.revision;
        },
        isConflict: (error) => asApiError(error).code === 'FLOW_CHANGED_ELSEWHERE',
        describeError: (error) => {
          const { code, message } = asApiError(error);
          return code === 'NOT_SIGNED_IN' ? 'your session has ended. Sign in in another tab; then it is saved by itself.' : message;
        },
        onState: setState,
      }),
  );

  const adopt = useCallback(
    (theirs: FlowView) => {
      autosave.restart(theirs.revision);
      if (JSON.stringify(theirs.draft) === JSON.stringify(store.getState().document)) return;
      isAdopting.current = true;
      store.getState().adopt(theirs.draft);
      isAdopting.current = false;
    },
    [autosave, store],
  );

  useEffect(
    () =>
      store.subscribe(({ document }, before) => {
        if (document !== before.document && !isAdopting.current) autosave.changed({ draft: document });
      }),
    [store, autosave],
  );

  useEffect(() => {
    if (state.kind === 'saved' && flow.revision > autosave.revision && !autosave.isUnsaved) adopt(flow);
  }, [flow, autosave, adopt, state.kind]);

  useEffect(() => {
    const guard = (event: BeforeUnloadEvent) => {
      if (autosave.isUnsaved) event.preventDefault();
    };
    window.addEventListener('beforeunload', guard);
    return () => {
      window.removeEventListener('beforeunload', guard);
      void autosave.flush();
    };
  }, [autosave]);

  const fetchTheirs = useCallback(async () => {
    try {
      return await call('getFlow', { params: { id } });
    } catch (error) {
      const { message, remedy } = asApiError(error);
      toast({ text: message, remedy, tone: 'bad' });
      return undefined;
    }
  }, [id]);

  const flush = useCallback(async () => ((await autosave.flush()) ? autosave.revision : undefined), [autosave]);

  return {
    state,
    flush,
    rename: (name) => autosave.changed({ name }),
    loadTheirs: async () => {
      const theirs = await fetchTheirs();
      if (!theirs) return;
      adopt(theirs);
      queryClient.setQueryData(['getFlow', { params: { id } }], theirs);
    },
    keepMine: async () => {
      const theirs = await fetchTheirs();
      if (theirs) await autosave.overwrite(theirs.revision);
    },
  };
}
