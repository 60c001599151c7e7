import type { FlowView } from '../../shared/api/flows.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import { ApiError, useRoute } from '../api.ts';
import { useEditor } from '../editor/store.ts';
import { versionIn, type DrawingName } from './drawing-names.ts';

export interface Drawing {
  document: FlowDocument | undefined;
  error: ApiError | null;
  readAgain: () => void;
}

/** One of the drawings that a flow has; it is `undefined` while it is read. */
export function useDrawing(flow: FlowView, name: DrawingName): Drawing {
  const draft = useEditor((state) => state.document);
  const version = versionIn(name, flow.deployment?.version);
  const isVersion = name === 'deployed' || version !== undefined;
  const isKept = name.startsWith('kept-');
  const read = useRoute('getVersion', { params: { id: flow.id, version: version ?? 0 } }, { isEnabled: version !== undefined });
  const kept = useRoute('listKeptDrafts', { params: { id: flow.id } }, { isEnabled: isKept });

  if (isVersion) {
    const error = version === undefined ? notThere('This flow is not deployed, so there is nothing to compare with.') : read.error;
    return { document: read.data?.document, error, readAgain: () => void read.refetch() };
  }
  if (isKept) {
    const found = kept.data?.items.find(({ id }) => name === `kept-${id}`);
    const error = kept.data && !found ? notThere('This draft is no longer kept: the last ten of a flow are.') : kept.error;
    return { document: found?.draft, error, readAgain: () => void kept.refetch() };
  }
  return { document: name === 'theirs' ? flow.draft : draft, error: null, readAgain: () => undefined };
}

function notThere(message: string): ApiError {
  return new ApiError({ code: 'NOT_FOUND', message, remedy: 'Choose another version.' }, 404);
}
