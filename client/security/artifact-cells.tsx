import { FlaskConical, PenLine, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ArtifactUseView } from '../../shared/api/artifacts.ts';
import type { MaterialView } from '../../shared/api/material.ts';
import { useMay } from '../may.ts';
import { Td, Th } from '../shell/table.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { MaterialStateText } from './material-state.tsx';
import { UsesList } from './uses.tsx';

/** Cells that the lists of all kinds of artifacts have. */

export function NameCell({ name, description }: { name: string; description: string }) {
  return (
    <Td className="max-w-60 min-w-36 max-sm:max-w-40">
      <span className="block truncate font-medium">{name}</span>
      {description && (
        <span className="text-ink-faint block truncate text-xs" title={description}>
          {description}
        </span>
      )}
    </Td>
  );
}

export function StateCell({ artifact }: { artifact: Pick<MaterialView, 'state' | 'error'> }) {
  return (
    <Td className="max-w-56">
      <MaterialStateText {...artifact} />
    </Td>
  );
}

export function UsedByCell({ usedBy }: { usedBy: ArtifactUseView[] }) {
  return (
    <Td>
      <UsesList usedBy={usedBy} />
    </Td>
  );
}

export function AllowedHostsCell({ hosts }: { hosts: string[] }) {
  return (
    <Td className="text-ink-soft max-w-56 truncate font-mono text-xs" title={hosts.join('\n')}>
      {hosts.join(', ') || <span className="text-warn font-sans">none: can’t be sent anywhere</span>}
    </Td>
  );
}

export function DeployedCell({ at, by }: { at: string; by: string }) {
  return (
    <Td className="text-ink-soft max-w-44 max-md:hidden">
      <span className="block">
        <TimeText at={at} />
      </span>
      <span className="text-ink-faint block truncate text-xs" title={by}>
        by {by}
      </span>
    </Td>
  );
}

export function ActionsHead() {
  return (
    <Th>
      <span className="sr-only">Actions</span>
    </Th>
  );
}

export function ActionsCell({
  name,
  onTest,
  onEdit,
  onDelete,
  children,
}: {
  name: string;
  /** Absent for kinds that can't be tried. */
  onTest?: () => void;
  onEdit: () => void;
  onDelete: () => void;
  /** Further actions, before these. */
  children?: ReactNode;
}) {
  const mayChange = useMay('material');
  const mayProbe = useMay('probe');
  return (
    <Td className="w-px whitespace-nowrap">
      <span className="flex items-center justify-end">
        {children}
        {onTest && (
          <IconButton
            label={`Test ${name}`}
            size="sm"
            icon={<FlaskConical size={14} aria-hidden />}
            disabled={!mayProbe}
            onClick={onTest}
          />
        )}
        <IconButton label={`Edit ${name}`} size="sm" icon={<PenLine size={14} aria-hidden />} disabled={!mayChange} onClick={onEdit} />
        <IconButton label={`Delete ${name}`} size="sm" icon={<Trash2 size={14} aria-hidden />} disabled={!mayChange} onClick={onDelete} />
      </span>
    </Td>
  );
}
