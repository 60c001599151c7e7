import { checkConfig, nodeName } from './catalog/define.ts';
import { flowSettings } from './catalog/flow-settings.ts';
import { describeType } from './catalog/index.ts';
import { checkArtifacts, type CheckFacts } from './check-artifacts.ts';
import { checkParameters } from './check-parameters.ts';
import type { FlowDocument, FlowEdge, FlowNode } from './flow.ts';
import type { ParameterValues } from './parameters.ts';
import { maxWays, outputOf, portsOf, reachable, waysFrom } from './ports.ts';
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

function checkShape(flow: FlowDocument): Problem[] {
  const { nodes } = flow;
  if (nodes.length === 0) {
    return [{ level: 'error', code: 'FLOW_EMPTY', message: 'The flow is empty.', remedy: 'Drag the Mail adapter onto the canvas.' }];
  }
  const senders = nodes.filter((node) => describeType(node.type)?.role === 'sender');
  const { edges, problems } = checkEdges(flow);
  return [
    ...checkSenders(senders),
    ...problems,
    ...checkWays({ nodes, edges }, senders),
    ...checkCircles(nodes, edges),
    ...checkWayCount({ nodes, edges }, senders),
  ];
}

const name = (node: FlowNode) => nodeName(node, describeType(node.type));

function checkSenders(senders: FlowNode[]): Problem[] {
  if (senders.length === 0) {
    return [
      {
        level: 'error',
        code: 'NO_SENDER',
        message: 'The flow has no sender, so nothing would start it.',
        remedy: 'Drag the Mail adapter onto the canvas.',
      },
    ];
  }
  return senders.slice(1).map((extra) => ({
    nodeId: extra.id,
    level: 'error',
    code: 'TWO_SENDERS',
    message: `'${name(extra)}' is a second sender.`,
    remedy: 'Keep one sender per flow; draw another flow for the other mailbox.',
  }));
}

/** @returns the connections that mean something, and what is wrong with the others: a canvas draws none of them, files may hold them */
function checkEdges({ nodes, edges }: FlowDocument): { edges: FlowEdge[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const byId = new Map(nodes.map((node) => [node.id, node]));
  if (byId.size < nodes.length || new Set(edges.map(({ id }) => id)).size < edges.length) {
    problems.push({
      level: 'error',
      code: 'DUPLICATE_ID',
      message: 'Two nodes or two connections have the same id.',
      remedy: 'Give each an id of its own in the file that the flow was imported from.',
    });
  }
  const sound = edges.filter((edge) => {
    const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
    const problem = (code: string, message: string, remedy: string, nodeId = edge.from) =>
      problems.push({ ...(byId.has(nodeId) ? { nodeId } : {}), edgeId: edge.id, level: 'error', code, message, remedy });
    const deleteIt = 'Delete the connection.';
    if (!from || !to)
      problem('EDGE_BROKEN', 'A connection leads to or from a node that is not there.', deleteIt, from ? edge.from : edge.to);
    else if (!portsOf(to).hasInput)
      problem('EDGE_NOT_ALLOWED', `A connection leads into '${name(to)}', which starts the flow.`, deleteIt, to.id);
    else if (portsOf(from).outputs.length === 0)
      problem('EDGE_NOT_ALLOWED', `A connection leaves '${name(from)}', which ends the flow.`, deleteIt);
    else if (!outputOf(edge, portsOf(from).outputs)) {
      problem(
        'PORT_GONE',
        `'${name(from)}' has the output of its connection to '${name(to)}' no more.`,
        'Connect it to another output, or delete the connection.',
      );
    } else return true;
    return false;
  });
  return { edges: sound, problems };
}

/** Nodes that nothing comes to, and outputs that lead nowhere. */
function checkWays({ nodes, edges }: Pick<FlowDocument, 'nodes' | 'edges'>, senders: FlowNode[]): Problem[] {
  const reached = reachable(
    senders.map((node) => node.id),
    edges,
  );
  const used = new Set(edges.map((edge) => `${edge.from}\n${edge.port ?? ''}`));
  return nodes.flatMap((node): Problem[] => {
    if (!reached.has(node.id)) {
      return [
        {
          nodeId: node.id,
          level: 'error',
          code: 'NOT_CONNECTED',
          message: `'${name(node)}' is not connected to the sender.`,
          remedy: 'Connect it, or delete it.',
        },
      ];
    }
    return portsOf(node)
      .outputs.filter(({ port, unconnected }) => unconnected === 'error' && !used.has(`${node.id}\n${port}`))
      .map(({ port, label }) =>
        label === ''
          ? {
              nodeId: node.id,
              level: 'error',
              code: 'DEAD_END',
              message: `After '${name(node)}' the message goes nowhere.`,
              remedy: 'Connect it to a receiver.',
            }
          : {
              nodeId: node.id,
              port,
              level: 'error',
              code: 'PORT_OPEN',
              message: `The route '${label}' of '${name(node)}' leads nowhere.`,
              remedy: 'Connect it, or delete the route.',
            },
      );
  });
}

function checkCircles(nodes: FlowNode[], edges: FlowEdge[]): Problem[] {
  const onCircle = nodesOnCircles(nodes, edges);
  return nodes
    .filter(({ id }) => onCircle.has(id))
    .map((node) => ({
      nodeId: node.id,
      level: 'error',
      code: 'CYCLE',
      message: `'${name(node)}' is part of a circle.`,
      remedy: 'Delete one of the connections of the circle.',
    }));
}

/** Those that are left when nodes without a way in, and without a way out, are taken away again and again. */
function nodesOnCircles(nodes: FlowNode[], edges: FlowEdge[]): Set<string> {
  const left = new Set(nodes.map(({ id }) => id));
  for (const [from, to] of [['from', 'to'] as const, ['to', 'from'] as const]) {
    const next = Map.groupBy(
      edges.filter((edge) => left.has(edge.from) && left.has(edge.to)),
      (edge) => edge[from],
    );
    const open = new Map<string, number>();
    for (const group of next.values()) for (const edge of group) open.set(edge[to], (open.get(edge[to]) ?? 0) + 1);
    const free = [...left].filter((id) => !open.has(id));
    for (let id = free.pop(); id !== undefined; id = free.pop()) {
      left.delete(id);
      for (const edge of next.get(id) ?? []) {
        const rest = (open.get(edge[to]) ?? 0) - 1;
        open.set(edge[to], rest);
        if (rest === 0) free.push(edge[to]);
      }
    }
  }
  return left;
}

/** A message is handed on once for each of them. */
function checkWayCount(flow: Pick<FlowDocument, 'nodes' | 'edges'>, [sender]: FlowNode[]): Problem[] {
  const ways = sender ? waysFrom(flow, sender.id) : 0;
  // A circle has a problem of its own.
  if (ways <= maxWays || ways === Infinity) return [];
  return [
    {
      level: 'error',
      code: 'TOO_MANY_WAYS',
      message: `There are more than ${maxWays.toLocaleString('en')} ways through the flow.`,
      remedy: 'Join fewer branches, or split the flow in two.',
    },
  ];
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
