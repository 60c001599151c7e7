import { checkConfig, nodeName } from './catalog/define.ts';
import { flowSettings } from './catalog/flow-settings.ts';
import { describeType } from './catalog/index.ts';
import { checkArtifacts, type CheckFacts } from './check-artifacts.ts';
import { checkParameters } from './check-parameters.ts';
import { checkShape } from './check-shape.ts';
import type { FlowDocument, FlowNode } from './flow.ts';
import type { ParameterValues } from './parameters.ts';
import type { Problem } from './problem.ts';

/** Everything wrong with a drawing. The same code runs while drawing and, with the server's facts, at Deploy. */
export function checkFlow(drawn: FlowDocument, facts: CheckFacts & { values?: ParameterValues }): Problem[] {
  const { filled: flow, problems: ofParameters, isOpen } = checkParameters(drawn, facts.values);
  const checked: Problem[] = [
    ...flow.nodes.flatMap((node) => checkNode(node, facts)),
    ...checkConfig(flowSettings, flow.settings ?? {}).problems,
  ];
  const ofFields = checked.filter(({ nodeId, field }) => !isOpen(nodeId, field));
  const problems: Problem[] = [...checkShape(flow), ...ofFields, ...checkNames(flow), ...ofParameters];
  const weight = { error: 0, warning: 1, info: 2 };
  return problems.sort((a, b) => weight[a.level] - weight[b.level]);
}

export function hasErrors(problems: Problem[]): boolean {
  return problems.some((problem) => problem.level === 'error');
}

export function checkNode(node: FlowNode, facts: CheckFacts): Problem[] {
  const description = describeType(node.type);
  if (!description) {
    return [
      {
        nodeId: node.id,
        level: 'error',
        code: 'TYPE_UNKNOWN',
        message: `There is no adapter or step of type '${node.type}'.`,
        remedy: 'Delete it, or open the flow with the version of Mailroom it was drawn in.',
      },
    ];
  }
  const problems = [...checkConfig(description, node.config).problems, ...checkArtifacts(description, node.config, facts)];
  return problems.map((problem) => ({ ...problem, nodeId: node.id }));
}

function checkNames(flow: FlowDocument): Problem[] {
  const seen = new Set<string>();
  return flow.nodes.flatMap((node): Problem[] => {
    const name = nodeName(node, describeType(node.type)).toLowerCase();
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [
      {
        nodeId: node.id,
        field: 'name',
        level: 'warning',
        code: 'NAME_TWICE',
        message: `Another node is called '${nodeName(node, describeType(node.type))}', too.`,
        remedy: 'Give it a name of its own, so that the log can be read.',
      },
    ];
  });
}
