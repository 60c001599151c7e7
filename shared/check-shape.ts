import { nodeName } from './catalog/define.ts';
import { describeType } from './catalog/index.ts';
import type { FlowDocument, FlowEdge, FlowNode } from './flow.ts';
import { fromTheEnd, maxWays, mostByOutput, waysFrom } from './graph.ts';
import { outputOf, portsOf, reachable, type NodePorts } from './ports.ts';
import type { Problem } from './problem.ts';

interface Drawn {
  node: FlowNode;
  name: string;
  ports: NodePorts;
  leaving: FlowEdge[];
  arriving: FlowEdge[];
}

/** What is wrong with the connections of a drawing, whatever the nodes are set to do. Takes time linear to its size. */
export function checkShape({ nodes, edges }: FlowDocument): Problem[] {
  if (nodes.length === 0) {
    return [{ level: 'error', code: 'FLOW_EMPTY', message: 'The flow is empty.', remedy: 'Drag the Mail adapter onto the canvas.' }];
  }
  const drawn = new Map<string, Drawn>();
  for (const node of nodes) {
    const name = nodeName(node, describeType(node.type));
    drawn.set(node.id, { node, name, ports: portsOf(node), leaving: [], arriving: [] });
  }
  const { sound, problems } = checkEdges(edges, drawn);
  for (const edge of sound) {
    drawn.get(edge.from)?.leaving.push(edge);
    drawn.get(edge.to)?.arriving.push(edge);
  }
  const all = [...drawn.values()];
  const senders = all.filter(({ node }) => describeType(node.type)?.role === 'sender');
  const reached = reachable(
    senders.map(({ node }) => node.id),
    sound,
  );
  const groups = fromTheEnd(drawn.keys(), sound);
  const ids = groups.flatMap((group) => group.ids);
  const onCircle = new Set(groups.filter(({ isCircle }) => isCircle).flatMap((group) => group.ids));
  return [
    ...duplicateIds(nodes, edges),
    ...checkSenders(senders),
    ...problems,
    ...all.flatMap((one) => (reached.has(one.node.id) ? openOutputs(one) : [notConnected(one)])),
    ...all.filter(({ node }) => onCircle.has(node.id)).map(circleProblem),
    ...(onCircle.size === 0 ? checkCopies(ids, sound, drawn) : []),
  ];
}

/** Nobody knows the outputs of another type; that it is not known is said once, on the node. */
function isKnown({ node }: Drawn): boolean {
  return describeType(node.type) !== undefined;
}

function duplicateIds(nodes: FlowNode[], edges: FlowEdge[]): Problem[] {
  const seenNodes = new Set<string>();
  const seenEdges = new Set<string>();
  const problems: Problem[] = [];
  const remedy = 'Delete one of them and draw it again.';
  for (const { id } of nodes) {
    if (seenNodes.has(id)) {
      problems.push({ nodeId: id, level: 'error', code: 'DUPLICATE_ID', message: `Two nodes have the id '${id}'.`, remedy });
    }
    seenNodes.add(id);
  }
  for (const { id } of edges) {
    if (seenEdges.has(id)) {
      problems.push({ edgeId: id, level: 'error', code: 'DUPLICATE_ID', message: `Two connections have the id '${id}'.`, remedy });
    }
    seenEdges.add(id);
  }
  return problems;
}

/** @returns the connections that mean something, and what is wrong with the others: a canvas draws none of them, files may hold them */
function checkEdges(edges: FlowEdge[], drawn: ReadonlyMap<string, Drawn>): { sound: FlowEdge[]; problems: Problem[] } {
  const seen = new Set<string>();
  const sound: FlowEdge[] = [];
  const problems: Problem[] = [];
  for (const edge of edges) {
    const problem = edgeProblem(edge, drawn, seen);
    if (problem) problems.push({ edgeId: edge.id, level: 'error', ...problem });
    else sound.push(edge);
  }
  return { sound, problems };
}

function edgeProblem(
  edge: FlowEdge,
  drawn: ReadonlyMap<string, Drawn>,
  seen: Set<string>,
): Pick<Problem, 'nodeId' | 'port' | 'code' | 'message' | 'remedy'> | undefined {
  const source = drawn.get(edge.from);
  const target = drawn.get(edge.to);
  if (!source || !target) {
    const [end, known] = source ? ['leads to', source.name] : ['comes from', target?.name];
    const message = `A connection ${known === undefined ? 'joins nodes that are' : `of '${known}' ${end} a node that is`} not there.`;
    return { code: 'EDGE_BROKEN', message, remedy: 'Delete the connection.' };
  }
  if (!target.ports.hasInput) {
    return {
      code: 'EDGE_NOT_ALLOWED',
      message: `Nothing can come into '${target.name}': it starts the flow.`,
      remedy: 'Delete the connection.',
    };
  }
  const { outputs } = source.ports;
  if (!isKnown(source)) return undefined;
  if (outputs.length === 0) {
    return { code: 'EDGE_NOT_ALLOWED', message: `Nothing comes out of '${source.name}'.`, remedy: 'Delete the connection.' };
  }
  if (!outputOf(edge, outputs)) {
    return {
      nodeId: edge.from,
      ...(edge.port === undefined ? {} : { port: edge.port }),
      code: 'PORT_GONE',
      message: `The connection from '${source.name}' to '${target.name}' leaves by a route that is not there any more.`,
      remedy: 'Connect it to another route, or delete it.',
    };
  }
  const ends = JSON.stringify([edge.from, edge.port ?? '', edge.to]);
  if (seen.has(ends)) {
    return {
      code: 'EDGE_TWICE',
      message: `'${source.name}' and '${target.name}' are connected twice.`,
      remedy: 'Delete one of the connections.',
    };
  }
  seen.add(ends);
  return undefined;
}

function checkSenders(senders: Drawn[]): Problem[] {
  const problems: Problem[] = [];
  if (senders.length === 0) {
    problems.push({
      level: 'error',
      code: 'NO_SENDER',
      message: 'The flow has no sender, so nothing would start it.',
      remedy: 'Drag the Mail adapter onto the canvas.',
    });
  }
  for (const { node, name } of senders.slice(1)) {
    problems.push({
      nodeId: node.id,
      level: 'error',
      code: 'TWO_SENDERS',
      message: `'${name}' is a second sender.`,
      remedy: 'Keep one sender per flow; draw another flow for the other mailbox.',
    });
  }
  return problems;
}

function notConnected({ node, name }: Drawn): Problem {
  return {
    nodeId: node.id,
    level: 'error',
    code: 'NOT_CONNECTED',
    message: `'${name}' is not connected to the sender.`,
    remedy: 'Connect it, or delete it.',
  };
}

/** Outputs that nothing is connected to. */
function openOutputs(drawn: Drawn): Problem[] {
  if (!isKnown(drawn)) return [];
  const { node, name, ports, leaving } = drawn;
  const taken = new Set(leaving.map((edge) => edge.port ?? ''));
  const open = ports.outputs.filter(({ port, unconnected }) => unconnected === 'error' && !taken.has(port));
  return open.map(({ port, label }): Problem => {
    if (port === '') {
      const message = `After '${name}' the message goes nowhere.`;
      return { nodeId: node.id, level: 'error', code: 'DEAD_END', message, remedy: 'Connect it to a receiver.' };
    }
    return {
      nodeId: node.id,
      port,
      level: 'error',
      code: 'PORT_OPEN',
      message: `The route '${label}' of '${name}' leads nowhere.`,
      remedy: 'Connect it, or delete the route.',
    };
  });
}

function circleProblem({ node, name }: Drawn): Problem {
  const message = `'${name}' is part of a circle.`;
  return { nodeId: node.id, level: 'error', code: 'CYCLE', message, remedy: 'Delete one of the connections of the circle.' };
}

/**
 * Where one message becomes too many, or copies of it meet.
 *
 * @param ids from the ends of the flow to its start
 */
function checkCopies(ids: string[], edges: FlowEdge[], drawn: ReadonlyMap<string, Drawn>): Problem[] {
  const ways = waysFrom(ids, edges);
  const start = drawn.get(ids.find((id) => (ways.get(id) ?? 0) > maxWays) ?? '');
  if (!start) return joinsOfCopies(ids, drawn);
  return [
    {
      nodeId: start.node.id,
      level: 'error',
      code: 'TOO_MANY_WAYS',
      message: `From '${start.name}' on, copies of one message would take more than ${maxWays.toLocaleString('en')} ways.`,
      remedy: 'Join fewer branches, or split the flow in two.',
    },
  ];
}

/**
 * A node that copies meet at gets one message for each: often meant, sometimes a surprise.
 *
 * @param ids from the ends of the flow to its start
 */
function joinsOfCopies(ids: string[], drawn: ReadonlyMap<string, Drawn>): Problem[] {
  const behindCopies = new Set<string>();
  for (const id of ids.toReversed()) {
    const leaving = drawn.get(id)?.leaving ?? [];
    const isCopied = behindCopies.has(id) || mostByOutput(leaving, () => 1) > 1;
    if (isCopied) for (const { to } of leaving) behindCopies.add(to);
  }
  return ids.flatMap((id, index): Problem[] => {
    const join = drawn.get(id);
    if (!join || join.arriving.length < 2 || !behindCopies.has(id)) return [];
    const copiesAt = mostCopies(id, ids.slice(index + 1), drawn);
    if (copiesAt < 2) return [];
    return [
      {
        nodeId: id,
        level: 'info',
        code: 'JOIN_GETS_COPIES',
        message: `'${join.name}' may get ${copiesAt} copies of one message, since the ways that lead to it are taken together.`,
        remedy: 'Nothing, if that is meant. Otherwise let only one of these ways lead to it.',
      },
    ];
  });
}

/** How many copies of one message may come to this node; `before` are the nodes that may lead to it, the nearest first. */
function mostCopies(id: string, before: string[], drawn: ReadonlyMap<string, Drawn>): number {
  const copiesFrom = new Map([[id, 1]]);
  let most = 0;
  for (const earlier of before) {
    const count = mostByOutput(drawn.get(earlier)?.leaving ?? [], ({ to }) => copiesFrom.get(to) ?? 0);
    if (count > 0) copiesFrom.set(earlier, count);
    most = Math.max(most, count);
  }
  return most;
}
