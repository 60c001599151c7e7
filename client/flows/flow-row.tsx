import { Link, useNavigate } from '@tanstack/react-router';
import { Activity, Ellipsis, FileDown, PenLine, Trash2 } from 'lucide-react';
import type { DeploymentView, FlowSummary } from '../../shared/api/flows.ts';
import { useWhyNot } from '../may.ts';
import { DeploymentStateText } from '../monitor/deployment-state.tsx';
import { StatusCounts } from '../monitor/status-counts.tsx';
import { Td } from '../shell/table.tsx';
import { exportFlow } from './export-flow.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { Menu } from '../ui/menu.tsx';
import { TimeText } from '../ui/time-text.tsx';

export function FlowRow({ flow, deployment, onDelete }: { flow: FlowSummary; deployment?: DeploymentView; onDelete: () => void }) {
  const navigate = useNavigate();
  const whyNot = useWhyNot('design');
  return (
    <tr className="hover:bg-sunken/60 relative">
      <Td className="max-w-80">
        <Link
          to="/flows/$flowId"
          params={{ flowId: flow.id }}
          className="block truncate font-medium outline-offset-[-2px] after:absolute after:inset-0"
        >
          {flow.name}
        </Link>
        {flow.description && <span className="text-ink-faint block truncate text-xs">{flow.description}</span>}
      </Td>
      <Td className="whitespace-nowrap">
        {flow.deployment ? (
          <span className="flex items-center gap-2">
            <DeploymentStateText state={flow.deployment.state} />
            <span className="text-ink-faint tabular text-xs max-sm:hidden">
              v{flow.deployment.version}
              {!flow.deployment.isCurrent && ' · draft differs'}
            </span>
          </span>
        ) : (
          <span className="text-ink-faint">Draft</span>
        )}
      </Td>
      <Td className="relative z-10 min-w-44">
        {deployment ? <StatusCounts flowId={flow.id} counts={deployment.counts} /> : <span className="text-ink-faint">–</span>}
      </Td>
      <Td className="text-ink-soft tabular max-md:hidden">{flow.nodeCount}</Td>
      <Td className="text-ink-soft max-sm:hidden">
        <TimeText at={flow.updatedAt} />
      </Td>
      <Td className="relative z-10 w-px text-right">
        <Menu
          trigger={<IconButton label={`Actions for ${flow.name}`} icon={<Ellipsis size={16} aria-hidden />} size="sm" tooltipSide="left" />}
          items={[
            {
              label: 'Open',
              icon: <PenLine size={14} aria-hidden />,
              onSelect: () => void navigate({ to: '/flows/$flowId', params: { flowId: flow.id } }),
            },
            {
              label: 'Watch messages',
              icon: <Activity size={14} aria-hidden />,
              onSelect: () => void navigate({ to: '/monitor/messages', search: { flow: flow.id } }),
            },
            {
              label: 'Export as YAML',
              icon: <FileDown size={14} aria-hidden />,
              startsGroup: true,
              onSelect: () => void exportFlow(flow.id, 'yaml'),
            },
            { label: 'Export as JSON', icon: <FileDown size={14} aria-hidden />, onSelect: () => void exportFlow(flow.id, 'json') },
            { label: 'Delete…', icon: <Trash2 size={14} aria-hidden />, isDanger: true, startsGroup: true, whyNot, onSelect: onDelete },
          ]}
        />
      </Td>
    </tr>
  );
}
