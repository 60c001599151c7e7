import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { ArtifactUseView } from '../../shared/api/artifacts.ts';
import { Badge } from '../ui/badge.tsx';

const shownAtFirst = 3;

/** Flows and targets of alerts, each once, as a sentence names them. */
export function usersOf(usedBy: ArtifactUseView[]): string {
  return [...new Set(usedBy.map(({ flowName }) => flowName))].join(', ');
}

/** Who names an artifact, each a link to the very node; long lists are cut until they are asked for. */
export function UsesList({ usedBy }: { usedBy: ArtifactUseView[] }) {
  const [isWhole, setIsWhole] = useState(false);
  if (usedBy.length === 0) return <span className="text-ink-faint">no flow</span>;
  const shown = isWhole ? usedBy : usedBy.slice(0, shownAtFirst);
  const others = usedBy.length - shown.length;
  return (
    <ul className="flex flex-col gap-0.5">
      {shown.map((use) => (
        <li key={`${use.flowId} ${use.flowName} ${use.nodeId} ${use.field}`} className="flex max-w-64 items-center gap-1.5">
          <UseLink use={use} />
          {!use.isDeployed && <Badge>{use.flowId === null ? 'off' : 'draft'}</Badge>}
        </li>
      ))}
      {others > 0 && (
        <li>
          <button type="button" className="text-accent min-h-6 text-xs hover:underline" onClick={() => setIsWhole(true)}>
            and {others} more
          </button>
        </li>
      )}
    </ul>
  );
}

const look = 'text-accent block truncate leading-6 hover:underline';

export function UseLink({ use: { flowId, flowName, nodeId, nodeName, field } }: { use: ArtifactUseView }) {
  if (flowId === null) {
    return (
      <Link to="/monitor/alerts" className={look} title={field}>
        {flowName}
      </Link>
    );
  }
  return (
    <Link
      to="/flows/$flowId"
      params={{ flowId }}
      {...(nodeId === null ? {} : { hash: nodeId })}
      className={look}
      title={`${flowName} › ${nodeName} (${field})`}
    >
      {flowName} <span className="text-ink-soft">› {nodeName}</span>
    </Link>
  );
}
