import { checkConfig, nodeName } from './catalog/define.ts';
import { flowSettings } from './catalog/flow-settings.ts';
import { describeType } from './catalog/index.ts';
import { checkArtifacts, type CheckFacts } from './check-artifacts.ts';
import type { FlowDocument, FlowNode } from './flow.ts';
import { reachable } from './ports.ts';
import type { Problem } from './problem.ts';

/** Everything wrong with a drawing. The same code runs while drawing and, with the server's facts, at Deploy. */
export function checkFlow(flow: FlowDocument, facts: CheckFacts): Problem[] {
  const problems = [
    ...checkShape(flow),
    ...flow.nodes.flatMap((node) => checkNode(node, facts)),
    ...checkNames(flow),
    ...checkConfig(flowSettings, flow.settings ?? {}).problems,
  ];
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

function checkShape({ nodes, edges }: FlowDocument): Problem[] {
  if (nodes.length === 0) {
    return [{ level: 'error', code: 'FLOW_EMPTY', message: 'The flow is empty.', remedy: 'Drag the Mail adapter onto the canvas.' }];
  }
  const problems: Problem[] = [];
  const roleOf = new Map(nodes.map((node) => [node.id, describeType(node.type)?.role]));
  const name = (node: FlowNode) => nodeName(node, describeType(node.type));
  const senders = nodes.filter((node) => roleOf.get(node.id) === 'sender');
  if (senders.length === 0) {
    problems.push({
      level: 'error',
      code: 'NO_SENDER',
      message: 'The flow has no sender, so nothing would start it.',
      remedy: 'Drag the Mail adapter onto the canvas.',
    });
  }
  for (const extra of senders.slice(1)) {
    problems.push({
      nodeId: extra.id,
      level: 'error',
      code: 'TWO_SENDERS',
      message: `'${name(extra)}' is a second sender.`,
      remedy: 'Keep one sender per flow; draw another flow for the other mailbox.',
    });
  }
  const reached = reachable(
    senders.map((node) => node.id),
    edges,
  );
  for (const node of nodes) {
    const isLeaf = !edges.some((edge) => edge.from === node.id);
    if (!reached.has(node.id)) {
      problems.push({
        nodeId: node.id,
        level: 'error',
        code: 'NOT_CONNECTED',
        message: `'${name(node)}' is not connected to the sender.`,
        remedy: 'Connect it, or delete it.',
      });
    } else if (isLeaf && roleOf.get(node.id) !== 'receiver') {
      problems.push({
        nodeId: node.id,
        level: 'error',
        code: 'DEAD_END',
        message: `After '${name(node)}' the message goes nowhere.`,
        remedy: 'Connect it to a receiver.',
      });
    }
  }
  const looping = nodeOnCycle(nodes, edges);
  if (looping) {
    problems.push({
      nodeId: looping.id,
      level: 'error',
      code: 'CYCLE',
      message: `'${name(looping)}' is part of a circle.`,
      remedy: 'Delete one of the connections of the circle.',
    });
  }
  return problems;
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

function nodeOnCycle(nodes: FlowNode[], edges: FlowDocument['edges']): FlowNode | undefined {
  return nodes.find((node) =>
    reachable(
      edges.filter((edge) => edge.from === node.id).map((edge) => edge.to),
      edges,
    ).has(node.id),
  );
}
