import { useNavigate } from '@tanstack/react-router';
import { Columns3 } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { CheckGroup } from '../ui/check-group.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { Popover } from '../ui/popover.tsx';
import { messageColumnNames, messageColumns, readColumns, usualColumns, type MessageColumn } from './message-columns.ts';
import type { MessagesView } from './messages-view.ts';

const labels = Object.fromEntries(messageColumnNames.map((name) => [name, messageColumns[name].label])) as Record<MessageColumn, string>;

/** Which columns the list has; they are part of the address, too. */
export function ColumnChooser({ view }: { view: MessagesView }) {
  const [isOpen, setIsOpen] = useState(false);
  const navigate = useNavigate();
  // How the list looks is no step to go back to.
  const show = (columns: readonly MessageColumn[] | undefined) =>
    void navigate({ to: '.', search: (current: MessagesView) => ({ ...current, cols: columns?.join(',') }), replace: true });
  return (
    <Popover
      title="Columns"
      isOpen={isOpen}
      onOpenChange={setIsOpen}
      trigger={<IconButton label="Columns" icon={<Columns3 size={16} aria-hidden />} tooltipSide="bottom" />}
    >
      <CheckGroup
        label="Columns of the list"
        values={readColumns(view.cols) ?? usualColumns}
        options={labels}
        onChange={(columns) => {
          const isUsual = columns.length === usualColumns.length && columns.every((name) => usualColumns.includes(name));
          show(isUsual || columns.length === 0 ? undefined : columns);
        }}
      />
      <Button className="self-start" disabled={view.cols === undefined} onClick={() => show(undefined)}>
        Usual columns
      </Button>
    </Popover>
  );
}
