import { useMutation } from '@tanstack/react-query';
import { Ban, RotateCcw, X } from 'lucide-react';
import { useState } from 'react';
import { call } from '../api.ts';
import { useMay } from '../may.ts';
import { Button } from '../ui/button.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { hasFilters, messageQuery, type MessageFilters } from './message-filters.ts';
import { CancelDialog, RunAgainDialog } from './several-dialog.tsx';
import { countOf, type Several } from './several.ts';

/** What can be done with the messages that are ticked. */
export function SelectionBar({
  several,
  filters,
  onSelect,
}: {
  several: Several;
  filters: MessageFilters;
  /** Undefined: nothing. */
  onSelect: (several: Several | undefined) => void;
}) {
  const mayOperate = useMay('operate');
  const [asked, setAsked] = useState<'run' | 'cancel'>();
  const all = useMutation({
    mutationFn: async () => call('countMessages', { query: messageQuery(filters) }),
    onSuccess: (counted) => onSelect({ filters, ...counted }),
  });
  const close = () => setAsked(undefined);
  const done = () => onSelect(undefined);
  return (
    <div
      role="toolbar"
      aria-label="Selected messages"
      className="border-line bg-accent-soft flex flex-wrap items-center gap-2 border-t px-4 py-2 sm:px-6"
    >
      <span className="font-medium" aria-live="polite">
        {countOf(several)} selected
      </span>
      {'ids' in several && (
        <Button size="sm" variant="ghost" isBusy={all.isPending} onClick={() => all.mutate()}>
          {hasFilters(filters) ? 'Select all that match the filter' : 'Select all'}
        </Button>
      )}
      <div className="ml-auto flex flex-wrap items-center gap-2">
        {!mayOperate && <span className="text-ink-soft text-xs">Your role does not run or cancel messages.</span>}
        <Button size="sm" disabled={!mayOperate} icon={<RotateCcw size={13} aria-hidden />} onClick={() => setAsked('run')}>
          Run again…
        </Button>
        <Button size="sm" variant="danger" disabled={!mayOperate} icon={<Ban size={13} aria-hidden />} onClick={() => setAsked('cancel')}>
          Cancel…
        </Button>
        <IconButton size="sm" label="Select none" icon={<X size={15} aria-hidden />} onClick={() => onSelect(undefined)} />
      </div>
      <RunAgainDialog several={asked === 'run' ? several : undefined} onClose={close} onDone={done} />
      <CancelDialog several={asked === 'cancel' ? several : undefined} onClose={close} onDone={done} />
    </div>
  );
}
