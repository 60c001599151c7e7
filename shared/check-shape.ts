import { nodeName } from './catalog/define.ts';
import { describeType } from './catalog/index.ts';
import type { FlowDocument, FlowEdge, FlowNode } from './flow.ts';
import { fromTheEnd } from './graph.ts';
import { outputOf, portsOf, reachable, type NodePorts } from './ports.ts';
import type { Problem } from './problem.ts';

/** How often one message may be copied on its way: with more, one mail would keep a worker busy for minutes. */
export const maxWays = 1_000;

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
  const leaving = Map.groupBy(edges, (edge) => edge.from);
  const arriving = Map.groupBy(edges, (edge) => edge.to);
  const drawn = new Map<string, Drawn>();
  for (const node of nodes) {
    drawn.set(node.id, {
      node,
      name: nodeName(node, describeType(node.type)),
      ports: portsOf(node),
      leaving: leaving.get(node.id) ?? [],
      arriving: arriving.get(node.id) ?? [],
    });
  }
  const groups = fromTheEnd(drawn.keys(), edges);
  const senders = [...drawn.values()].filter(({ node }) => describeType(node.type)?.role === 'sender');
  const reached = reachable(
    senders.map(({ node }) => node.id),
    edges,
  );
  const circles = groups.filter((group) => group.isCircle).map(({ ids }) => ids);
  return [
    ...duplicateIds(nodes, edges),
    ...checkEdges(edges, drawn),
    ...checkSenders(senders),
    ...[...drawn.values()].flatMap((one) => (reached.has(one.node.id) ? openPorts(one) : [notConnected(one)])),
    ...circles.flatMap((ids) => circleProblems(ids, drawn)),
    ...(circles.length === 0
      ? copies(
          groups.flatMap(({ ids }) => ids),
          drawn,
        )
      : []),
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

function checkEdges(edges: FlowEdge[], drawn: ReadonlyMap<string, Drawn>): Problem[] {
  const seen = new Set<string>();
  return edges.flatMap((edge): Problem[] => {
    const problem = edgeProblem(edge, drawn, seen);
    return problem ? [{ edgeId: edge.id, level: 'error', ...problem }] : [];
  });
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
function openPorts(drawn: Drawn): Problem[] {
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
      message: `Route '${label}' of '${name}' leads nowhere.`,
      remedy: 'Connect it, or delete the route.',
    };
  });
}

function circleProblems(ids: string[], drawn: ReadonlyMap<string, Drawn>): Problem[] {
  return ids.flatMap((id): Problem[] => {
    const found = drawn.get(id);
    if (!found) return [];
    const message = `'${found.name}' is part of a circle.`;
    return [{ nodeId: id, level: 'error', code: 'CYCLE', message, remedy: 'Delete one of the connections of the circle.' }];
  });
}

/**
 * Where one message becomes several that meet again or grow too many. A message leaves by one output only, so the ways by
 * different outputs are never taken together.
 *
 * @param ids from the ends of the flow to its start
 */
function copies(ids: string[], drawn: ReadonlyMap<string, Drawn>): Problem[] {
  const waysFrom = new Map<string, number>();
  for (const id of ids) {
    const found = drawn.get(id);
    if (!found) continue;
    const ways = mostByPort(found.leaving, ({ to }) => waysFrom.get(to) ?? 0);
    if (ways > maxWays) return [tooManyWays(found)];
    waysFrom.set(id, Math.max(1, ways));
  }
  return joinsOfCopies(ids, drawn);
}

function mostByPort(edges: FlowEdge[], count: (edge: FlowEdge) => number): number {
  const sums = new Map<string, number>();
  for (const edge of edges) sums.set(edge.port ?? '', (sums.get(edge.port ?? '') ?? 0) + count(edge));
  return Math.max(0, ...sums.values());
}

function tooManyWays({ node, name }: Drawn): Problem {
  return {
    nodeId: node.id,
    level: 'error',
    code: 'TOO_MANY_WAYS',
    message: `From '${name}' on, copies of one message would take more than ${maxWays.toLocaleString('en')} ways.`,
    remedy: 'Have fewer connections leave the same output, or bring them together in fewer places.',
  };
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
    const isCopied = behindCopies.has(id) || mostByPort(leaving, () => 1) > 1;
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
    const count = mostByPort(drawn.get(earlier)?.leaving ?? [], ({ to }) => copiesFrom.get(to) ?? 0);
    if (count > 0) copiesFrom.set(earlier, count);
    most = Math.max(most, count);
  }
  return most;
}
