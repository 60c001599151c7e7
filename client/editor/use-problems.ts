import { useEffect, useMemo } from 'react';
import { checkFlow } from '../../shared/check-flow.ts';
import { useRoute } from '../api.ts';
import { problemsOfProbes } from '../probe/probe-problems.ts';
import { useEditor, useEditorStore } from './store.ts';

/** Keeps the problems in the store in step with the drawing, the artifacts that are deployed and the connection tests. */
export function useProblems(): void {
  const store = useEditorStore();
  const document = useEditor((state) => state.document);
  const credentials = useRoute('listCredentials', {}).data?.items;
  const certificates = useRoute('listCertificates', {}).data?.items;
  const probes = useEditor((state) => state.probes);
  const problems = useMemo(() => {
    const found = checkFlow(document, { credentials: credentials ?? [], ...(certificates ? { certificates } : {}) });
    // Until the artifacts are known, none is said to be missing.
    const drawn = credentials ? found : found.filter(({ code }) => code !== 'CREDENTIAL_NOT_DEPLOYED');
    return [...drawn, ...problemsOfProbes(document, probes, drawn)];
  }, [document, credentials, certificates, probes]);
  useEffect(() => store.getState().set({ problems }), [store, problems]);
}
