import { describeType } from '../../shared/catalog/index.ts';
import { probeProblems } from '../../shared/checklist.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import type { Problem } from '../../shared/problem.ts';
import { probeKeys, stagesThatHold } from './probe-stream.ts';
import type { ProbeResult } from './use-probe.ts';

/**
 * What the connection tests of a flow found wrong and nobody has changed since.
 *
 * @param known problems that the check of the drawing names already
 */
export function problemsOfProbes(document: FlowDocument, probes: Record<string, ProbeResult>, known: Problem[]): Problem[] {
  return document.nodes.flatMap((node) => {
    const result = probes[node.id];
    const description = describeType(node.type);
    if (!result || result.isRunning || !description) return [];
    const isKnown = ({ code }: { code: string }) => known.some((problem) => problem.nodeId === node.id && problem.code === code);
    return probeProblems(stagesThatHold(result.stages, result.keys, probeKeys(description, node.config)))
      .filter((problem) => !isKnown(problem))
      .map((problem) => ({ ...problem, nodeId: node.id }));
  });
}
