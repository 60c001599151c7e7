import { useEffect, useMemo } from 'react';
import type { FlowView } from '../../shared/api/flows.ts';
import type { LiveView, NodeCounts } from '../../shared/api/live.ts';
import { wayOf } from '../../shared/changes.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import { useRoute } from '../api.ts';
import type { Badge, EdgeMark, Marks, NodeMark } from './marks.ts';
import { useEditor, useEditorStore } from './store.ts';

/** Paints what the newest messages did onto the nodes and connections of a deployed flow. @returns undefined where none is deployed */
export function useLiveMarks({ id, deployment, deployedDocument }: FlowView): LiveView | undefined {
  const store = useEditorStore();
  const edges = useEditor((state) => state.document.edges);
  const read = useRoute('getFlowLive', { params: { id } }, { isEnabled: deployment !== null });
  const live = deployment ? read.data : undefined;
  const marks = useMemo(() => live && liveMarks(live, deployedDocument, edges), [live, deployedDocument, edges]);
  useEffect(() => {
    const { marks: before, setMarks } = store.getState();
    setMarks(
      'live',
      marks ? { nodes: keptWhereSame(before.live?.nodes, marks.nodes), edges: keptWhereSame(before.live?.edges, marks.edges) } : null,
    );
  }, [marks, store]);
  return live;
}

/** A connection of the draft has the count of the one that goes the same way in the deployed version. */
export function liveMarks(live: LiveView, deployed: FlowDocument | null, edges: FlowDocument['edges']): Marks {
  const byWay = new Map(deployed?.edges.map((edge) => [wayOf(edge), live.edges[edge.id]]));
  return {
    nodes: new Map(Object.entries(live.nodes).map(([id, counts]): [string, NodeMark] => [id, nodeMarkOf(counts)])),
    edges: new Map(
      edges.flatMap((edge): [string, EdgeMark][] => {
        const count = byWay.get(wayOf(edge));
        return count === undefined ? [] : [[edge.id, { label: String(count) }]];
      }),
    ),
  };
}

function nodeMarkOf({ completed, skipped, stopped, failed, running, isFailing }: NodeCounts): NodeMark {
  const done = completed + skipped;
  const badges: Badge[] = [];
  if (done > 0) badges.push({ icon: 'circle-check', text: `${done} done`, tone: 'good' });
  if (stopped > 0) badges.push({ icon: 'circle-slash', text: `${stopped} ended`, tone: 'neutral' });
  if (failed > 0) badges.push({ icon: 'circle-x', text: `${failed} failed`, tone: 'bad' });
  if (running > 0) badges.push({ icon: 'circle-dot', text: `${running} running`, tone: 'info' });
  return isFailing ? { badges, tone: 'bad', spoken: 'the newest message failed here' } : { badges };
}

/** Nodes are drawn again only where their mark says something else: a busy flow is counted again and again. */
function keptWhereSame<Mark>(before: ReadonlyMap<string, Mark> | undefined, now: ReadonlyMap<string, Mark>): ReadonlyMap<string, Mark> {
  return new Map(
    [...now].map(([id, mark]) => {
      const old = before?.get(id);
      return [id, old !== undefined && JSON.stringify(old) === JSON.stringify(mark) ? old : mark];
    }),
  );
}
