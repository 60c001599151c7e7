import { createContext, useContext, useMemo } from 'react';
import type { AnyDescription } from '../../shared/catalog/define.ts';
import type { FlowDocument, FlowNode } from '../../shared/flow.ts';
import { resolveTyped, valuesFor, type ParameterValues } from '../../shared/parameters.ts';
import { useEditor } from '../editor/store.ts';

/** Fields that name parameters, as they run with the values of the last deployment, and defaults where it gave none. */

/** The values of the last deployment of the open flow. */
export const DeployedValuesContext = createContext<ParameterValues>({});

export function useParameterValues(): ParameterValues {
  const parameters = useEditor((state) => state.document.parameters);
  const deployed = useContext(DeployedValuesContext);
  return useMemo(() => valuesOf(parameters, deployed), [parameters, deployed]);
}

/** The node itself where it mentions no parameter. */
export function useFilled(node: FlowNode, description: AnyDescription): FlowNode {
  const values = useParameterValues();
  return useMemo(() => filledNode(node, description, values), [node, description, values]);
}

export function filledNode(node: FlowNode, description: AnyDescription, values: ParameterValues): FlowNode {
  const config = resolveTyped(description, node.config, values);
  return config === node.config ? node : { ...node, config };
}

function valuesOf(parameters: FlowDocument['parameters'] = [], deployed: ParameterValues): ParameterValues {
  return valuesFor({ nodes: [], edges: [], parameters }, deployed);
}
