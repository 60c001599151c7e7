import { useEffect, useMemo } from 'react';
import type { FlowView } from '../../shared/api/flows.ts';
import { changesBetween } from '../../shared/changes.ts';
import type { NodeMark } from './marks.ts';
import { useEditor, useEditorStore } from './store.ts';

/** The same objects each time, so that a node is drawn again only when its mark comes or goes. */
const marks: Record<'added' | 'changed', NodeMark> = {
  added: { badges: [{ icon: 'plus', text: 'New', tone: 'accent' }], spoken: 'new since the deployed version' },
  changed: { badges: [{ icon: 'pencil-line', text: 'Changed', tone: 'accent' }], spoken: 'changed since the deployed version' },
};
const noEdges = new Map();

/** Marks the nodes that differ from what is deployed. */
export function useDirtyMarks({ deployedDocument }: FlowView): void {
  const store = useEditorStore();
  const document = useEditor((state) => state.document);
  const changes = useMemo(() => deployedDocument && changesBetween(deployedDocument, document), [deployedDocument, document]);
  const key = changes && `${changes.added.join()};${changes.changed.join()}`;
  useEffect(() => {
    if (!changes) return store.getState().setMarks('dirty', null);
    const nodes = new Map<string, NodeMark>();
    for (const id of changes.added) nodes.set(id, marks.added);
    for (const id of changes.changed) nodes.set(id, marks.changed);
    store.getState().setMarks('dirty', nodes.size > 0 ? { nodes, edges: noEdges } : null);
    // `changes` is another object after each keystroke; what is marked is not.
    // oxlint-disable-next-line react/exhaustive-deps -- see above
  }, [key, store]);
}
