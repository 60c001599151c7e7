import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
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
  /** Whether something drawn here is not on the server. */
  isUnsaved: () => boolean;
  /** After a conflict: keeps what was drawn here under Versions and shows what the other person saved. */
  takeTheirs: () => Promise<void>;
  /** After a conflict: saves over what the other person saved, which is kept under Versions. */
  keepMine: () => Promise<void>;
  /** After a conflict: makes a flow of its own of what was drawn here, and shows what the other person saved. @returns whether it is made */
  saveCopy: () => Promise<boolean>;
  /** Keeps what was drawn here under Versions. @returns whether it is kept */
  setAside: () => Promise<boolean>;
}

/** Where the words of the server would leave open what becomes of the drawing. */
const says: Record<string, string> = {
  NOT_SIGNED_IN: 'your session has ended. Sign in in another tab; then it is saved by itself.',
  NOT_ALLOWED: 'your role does not allow it any more. Ask an administrator; what you drew stays here as long as this page is open.',
};

/** Keeps the draft on the server in step with the store, and the store with what others save while nothing is unsaved here. */
export function useAutosave(flow: FlowView, mayDesign: boolean): Saving {
  const store = useEditorStore();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
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
        isRefused: (error) => {
          const { status, code } = asApiError(error);
          return status >= 400 && status < 500 && status !== 408 && status !== 429 && code !== 'NOT_SIGNED_IN';
        },
        describeError: (error) => {
          const { code, message } = asApiError(error);
          return says[code] ?? message;
        },
        onState: (next) => {
          setState(next);
          // What both are compared by: the answer that was read last is from before the other change.
          if (next.kind === 'conflict') void queryClient.invalidateQueries({ queryKey: ['getFlow', { params: { id } }] });
        },
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
    // The role is back.
    if (mayDesign) void autosave.flush();
  }, [mayDesign, autosave]);

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

  /** @returns undefined when it failed, which is told */
  const ask = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      const { message, remedy } = asApiError(error);
      toast({ text: message, remedy, tone: 'bad' });
      return undefined;
    }
  };
  const fetchTheirs = () => ask(() => call('getFlow', { params: { id } }));
  const showTheirs = (theirs: FlowView) => {
    adopt(theirs);
    queryClient.setQueryData(['getFlow', { params: { id } }], theirs);
  };
  const setAside = async () => {
    const kept = await ask(() => call('keepDraft', { params: { id }, body: { draft: store.getState().document } }));
    return kept !== undefined;
  };

  const flush = useCallback(async () => ((await autosave.flush()) ? autosave.revision : undefined), [autosave]);

  return {
    state,
    flush,
    rename: (name) => autosave.changed({ name }),
    isUnsaved: () => autosave.isUnsaved,
    setAside,
    takeTheirs: async () => {
      const theirs = await fetchTheirs();
      if (!theirs || !(await setAside())) return;
      showTheirs(theirs);
      toast({ text: 'You see the other drawing. Yours is kept under Versions.', tone: 'good' });
    },
    keepMine: async () => {
      const theirs = await fetchTheirs();
      if (!theirs || !(await autosave.overwrite(theirs.revision))) return;
      toast({ text: 'Your drawing is saved. The other one is kept under Versions.', tone: 'good' });
    },
    saveCopy: async () => {
      const theirs = await fetchTheirs();
      if (!theirs) return false;
      const { name, description } = theirs;
      const copy = await ask(() =>
        call('createFlow', { body: { name: `${name.slice(0, 190)} (copy)`, description, draft: store.getState().document } }),
      );
      if (!copy) return false;
      showTheirs(theirs);
      toast({
        text: `Your drawing is saved as ‘${copy.name}’.`,
        tone: 'good',
        action: { label: 'Open it', onSelect: () => void navigate({ to: '/flows/$flowId', params: { flowId: copy.id } }) },
      });
      return true;
    },
  };
}
