import { useEffect } from 'react';
import type { CommandTools } from './commands.ts';
import { findNode } from './document.ts';

/** Keeps in mind the node that the focus was at last, and selects what Tab or an arrow leads to, so that keys are about what is seen. */
export function useRoving({ store, canvas }: CommandTools, isReadOnly: boolean): void {
  useEffect(() => {
    const ended = new AbortController();
    const handleFocus = ({ target }: FocusEvent) => {
      if (!(target instanceof Element) || !canvas.current?.contains(target)) return;
      const id = target.closest('.react-flow__node')?.getAttribute('data-id') ?? null;
      if (id === null) return;
      const { document, rovingId, selection, openNodeId, set, select } = store.getState();
      if (rovingId !== id && findNode(document, id)) set({ rovingId: id });
      // A press selects by itself, and with Ctrl adds to what is selected.
      const isByKey = target.matches('.react-flow__node:focus-visible');
      if (isByKey && !isReadOnly && openNodeId === null && !selection.nodeIds.has(id)) select({ nodeIds: new Set([id]) });
    };
    window.addEventListener('focusin', handleFocus, ended);
    return () => ended.abort();
  }, [store, canvas, isReadOnly]);
}
