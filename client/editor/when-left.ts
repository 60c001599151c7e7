import { useEffect } from 'react';
import type { EditorStore } from './store.ts';

const endings = new WeakMap<EditorStore, Set<() => void>>();

/** What goes on for an open flow, such as a simulation, ends with it. */
export function whenLeft(store: EditorStore, end: () => void): void {
  const known = endings.get(store) ?? new Set();
  endings.set(store, known.add(end));
}

/** Where the flow is open: leaving it ends what was begun. */
export function useEndings(store: EditorStore): void {
  useEffect(
    () => () => {
      for (const end of endings.get(store) ?? []) end();
    },
    [store],
  );
}
