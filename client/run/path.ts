import type { MessageView, RunStepView } from '../../shared/api/messages.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import type { RunStepOutcome } from '../../shared/status.ts';
import type { Badge, EdgeMark, Marks, NodeMark } from '../editor/marks.ts';
import { outcomeWords } from '../monitor/status-words.ts';
import { durationText } from '../ui/time-words.ts';

/** What the way of a message is drawn from. */
export type PathStep = Pick<RunStepView, 'nodeId' | 'edgeId' | 'outcome' | 'startedAt' | 'endedAt' | 'error'>;

/** The attempts of a message, the newest first. */
export function attemptsOf(steps: RunStepView[]): number[] {
  return [...new Set(steps.map((step) => step.attempt))].sort((a, b) => b - a);
}

/** Which version an attempt ran with: that of the last run again before it. */
export function versionOfAttempt(attempt: number, { reruns, version }: Pick<MessageView, 'reruns' | 'version'>): number {
  const last = reruns.findLast((rerun) => rerun.attempt <= attempt);
  return last?.version ?? reruns[0]?.previousVersion ?? version;
}

/** What one attempt did, in order. */
export function stepsOf(steps: RunStepView[], attempt: number): RunStepView[] {
  return steps.filter((step) => step.attempt === attempt).sort((a, b) => a.position - b.position);
}

/** "12 ms", or that it has not ended. */
export function spanText({ startedAt, endedAt }: Pick<RunStepView, 'startedAt' | 'endedAt'>): string {
  return endedAt ? durationText(Date.parse(endedAt) - Date.parse(startedAt)) : 'running';
}

const icons: Record<RunStepOutcome, string> = {
  completed: 'circle-check',
  stopped: 'circle-slash',
  failed: 'circle-x',
  skipped: 'skip-forward',
  running: 'circle-dot',
};

/** The way of a message on the drawing it ran with: what it came to, how that went, and what it did not come to. */
export function pathMarks(document: FlowDocument, steps: PathStep[]): Marks {
  const travelled = travelledEdges(document, steps);
  const byNode = Map.groupBy(steps, (step) => step.nodeId);
  const nodes = document.nodes.map(({ id }): [string, NodeMark] => {
    const own = byNode.get(id);
    return [id, own ? stepMark(own) : { isFaded: true, spoken: 'not reached' }];
  });
  const edges = document.edges.map(({ id }): [string, EdgeMark] => [
    id,
    travelled.has(id) ? { isTravelled: true, tone: 'accent' } : { isFaded: true },
  ]);
  return { nodes: new Map(nodes), edges: new Map(edges) };
}

/** A node that a message came to over several connections has several steps: the worst one is shown. */
function stepMark(steps: PathStep[]): NodeMark {
  const shown = steps.find(({ outcome }) => outcome === 'failed') ?? steps.find(({ outcome }) => outcome === 'running') ?? steps.at(-1);
  if (!shown) return {};
  const { text, tone } = outcomeWords[shown.outcome];
  const words = [text, spanText(shown), steps.length > 1 ? `${steps.length} times` : undefined].filter(Boolean).join(' · ');
  const badge: Badge = { icon: icons[shown.outcome], text: words, tone };
  return {
    tone,
    hasRing: shown.outcome === 'failed',
    badges: [badge],
    ...(shown.error ? { spoken: shown.error.message } : {}),
  };
}

/**
 * The connections a message took. Steps from before their connection was kept have none: then it is the one from the last node before
 * that leads here.
 */
export function travelledEdges({ edges }: FlowDocument, steps: Pick<PathStep, 'nodeId' | 'edgeId'>[]): Set<string> {
  const known = new Set(edges.map(({ id }) => id));
  const travelled = new Set<string>();
  const passed: string[] = [];
  for (const { nodeId, edgeId } of steps) {
    if (edgeId !== null && known.has(edgeId)) travelled.add(edgeId);
    else {
      const from = passed.findLast((id) => edges.some((edge) => edge.from === id && edge.to === nodeId));
      const edge = edges.find((candidate) => candidate.from === from && candidate.to === nodeId);
      if (edge) travelled.add(edge.id);
    }
    passed.push(nodeId);
  }
  return travelled;
}
