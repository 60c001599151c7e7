import { useContext, useEffect, useMemo } from 'react';
import { checkFlow } from '../../shared/check-flow.ts';
import { fillIn } from '../../shared/parameters.ts';
import { DeployedValuesContext } from '../parameters/filled.ts';
import { problemsOfProbes } from '../probe/probe-problems.ts';
import { useArtifacts } from '../security/use-artifacts.ts';
import { useEditor, useEditorStore } from './store.ts';

/** Keeps the problems in the store in step with the drawing, the artifacts that are deployed and the connection tests. */
export function useProblems(): void {
  const store = useEditorStore();
  const document = useEditor((state) => state.document);
  const probes = useEditor((state) => state.probes);
  const deployed = useContext(DeployedValuesContext);
  const { facts, isKnown } = useArtifacts();
  const problems = useMemo(() => {
    const found = checkFlow(document, facts);
    // Until the artifacts are known, none is said to be missing.
    const drawn = isKnown ? found : found.filter(({ code }) => code !== 'CREDENTIAL_NOT_DEPLOYED' && code !== 'CERTIFICATE_NOT_DEPLOYED');
    return [...drawn, ...problemsOfProbes(fillIn(document, deployed), probes, drawn)];
  }, [document, deployed, probes, facts, isKnown]);
  useEffect(() => store.getState().set({ problems }), [store, problems]);
}
