import { useMutation } from '@tanstack/react-query';
import { Mail, Pencil, Plus, Send, Trash2, Webhook } from 'lucide-react';
import { useState } from 'react';
import type { AlertTargetView } from '../../shared/alert-schemas.ts';
import { alertTable } from '../../shared/alerts.ts';
import { asApiError, callUntil, call, useRoute } from '../api.ts';
import { useWhyNot } from '../may.ts';
import { ErrorText } from '../monitor/error-text.tsx';
import { FormError } from '../shell/form-error.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { Panel } from '../shell/page.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { Switch } from '../ui/switch.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { toast } from '../ui/toast.tsx';
import { AlertTargetDialog } from './alert-target-dialog.tsx';
import { inputOf, testTimeoutMs } from './target-draft.ts';

const readAgain = async () => queryClient.invalidateQueries({ queryKey: ['listAlertTargets'] });

/** Webhooks and mailboxes that are told of alerts. */
export function AlertTargets() {
  const targets = useRoute('listAlertTargets', {});
  const flows = useRoute('listFlows', {}).data?.items ?? [];
  const [editing, setEditing] = useState<AlertTargetView | 'new'>();
  const [deleting, setDeleting] = useState<AlertTargetView>();
  const whyNot = useWhyNot('administer');
  const create = (
    <Button variant="primary" whyNot={whyNot} icon={<Plus size={16} aria-hidden />} onClick={() => setEditing('new')}>
      New target
    </Button>
  );
  return (
    <Loaded query={targets}>
      {({ items }) => (
        <div className="flex flex-col gap-3">
          {items.length === 0 ? (
            <EmptyState
              icon={<Send size={24} aria-hidden />}
              title="Nobody is told of alerts yet."
              text="They are shown here only. Add a webhook or a mail address, so that somebody hears of a mailbox that is not read any more."
              action={create}
            />
          ) : (
            <>
              <div className="flex justify-end">{create}</div>
              <Panel label="Targets">
                <ul className="divide-line divide-y">
                  {items.map((target) => (
                    <Target
                      key={target.id}
                      target={target}
                      flowName={(id) => flows.find((flow) => flow.id === id)?.name ?? 'a deleted flow'}
                      onEdit={() => setEditing(target)}
                      onDelete={() => setDeleting(target)}
                    />
                  ))}
                </ul>
              </Panel>
            </>
          )}
          {editing !== undefined && (
            <AlertTargetDialog existing={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />
          )}
          <DeleteDialog target={deleting} onClose={() => setDeleting(undefined)} />
        </div>
      )}
    </Loaded>
  );
}

function Target({
  target,
  flowName,
  onEdit,
  onDelete,
}: {
  target: AlertTargetView;
  flowName: (id: string) => string;
  onEdit: () => void;
  onDelete: () => void;
}) {
  const { id, name, isEnabled, settings, waiting, error, nextTryAt, lastSentAt, givenUp } = target;
  const test = useMutation({
    mutationFn: async () => callUntil('testAlertTarget', { body: { settings } }, undefined, testTimeoutMs),
    meta: { isShown: true },
    onSuccess: ({ summary }) => toast({ text: `'${name}' has taken the test.`, remedy: summary, tone: 'good' }),
    onError: (failure) => {
      const { message, remedy, details } = asApiError(failure);
      toast({ text: message, remedy: [remedy, details].filter(Boolean).join(' · '), tone: 'bad' });
    },
  });
  const toggle = useMutation({
    mutationFn: async (isOn: boolean) => call('saveAlertTarget', { params: { id }, body: { ...inputOf(target), isEnabled: isOn } }),
    onSettled: readAgain,
  });
  const whyNot = useWhyNot('administer');
  const Icon = settings.type === 'webhook' ? Webhook : Mail;
  return (
    <li className="flex flex-wrap items-start gap-x-6 gap-y-3 px-4 py-3">
      <div className="flex min-w-0 flex-1 basis-80 items-start gap-2.5">
        <Icon size={16} className="text-ink-faint mt-0.5 shrink-0" aria-hidden />
        <div className="min-w-0">
          <p className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium break-words">
            {name}
            {!isEnabled && <Badge>Off</Badge>}
            {isEnabled && waiting > 0 && <Badge tone={error ? 'bad' : 'neutral'}>{waiting === 1 ? '1 waits' : `${waiting} wait`}</Badge>}
          </p>
          <p className="text-ink-soft break-all">
            {settings.type === 'webhook' ? settings.url : `${settings.to.join(', ')} by ${settings.host}:${settings.port}`}
          </p>
          <p className="text-ink-faint mt-0.5 text-xs">
            {scopeText(target, flowName)} · {lastSentAt === null ? 'nothing sent yet' : <>last sent {<TimeText at={lastSentAt} />}</>}
            {givenUp > 0 && ` · ${givenUp === 1 ? '1 delivery' : `${givenUp} deliveries`} given up after a day`}
          </p>
          {isEnabled && error && (
            <div className="mt-2">
              <ErrorText error={error} />
              {nextTryAt !== null && (
                <p className="text-ink-faint mt-1 text-xs">
                  Tried again <TimeText at={nextTryAt} />.
                </p>
              )}
            </div>
          )}
        </div>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <Button size="sm" icon={<Send size={13} aria-hidden />} whyNot={whyNot} isBusy={test.isPending} onClick={() => test.mutate()}>
          Send test
        </Button>
        <IconButton size="sm" whyNot={whyNot} label={`Change ${name}`} icon={<Pencil size={14} aria-hidden />} onClick={onEdit} />
        <IconButton size="sm" whyNot={whyNot} label={`Delete ${name}`} icon={<Trash2 size={14} aria-hidden />} onClick={onDelete} />
        <Switch
          isOn={isEnabled}
          disabled={toggle.isPending || whyNot !== undefined}
          title={whyNot}
          aria-label={`Tell ${name}`}
          onChange={(isOn) => toggle.mutate(isOn)}
        />
      </div>
    </li>
  );
}

function scopeText({ kinds, leastSeverity, flowIds, remindHours }: AlertTargetView, flowName: (id: string) => string): string {
  const what = kinds.length === 0 ? 'all alerts' : kinds.map((kind) => alertTable[kind].title).join(', ');
  return [
    what,
    ...(leastSeverity === 'error' ? ['errors only'] : []),
    ...(flowIds.length > 0 ? [`of ${flowIds.map(flowName).join(', ')}`] : []),
    ...(remindHours === null ? [] : [`again every ${remindHours} h`]),
  ].join(' · ');
}

function DeleteDialog({ target, onClose }: { target: AlertTargetView | undefined; onClose: () => void }) {
  const remove = useMutation({
    mutationFn: async (id: string) => call('deleteAlertTarget', { params: { id } }),
    meta: { isShown: true },
    onSuccess: async () => {
      await readAgain();
      toast({ text: `Deleted '${target?.name ?? ''}'.` });
      onClose();
    },
  });
  return (
    <Dialog
      isOpen={target !== undefined}
      onClose={onClose}
      title={target ? `Delete '${target.name}'?` : ''}
      size="sm"
      footer={
        <>
          <Button onClick={onClose}>Keep</Button>
          <Button variant="danger" isBusy={remove.isPending} onClick={() => target && remove.mutate(target.id)}>
            Delete
          </Button>
        </>
      }
    >
      <p className="text-ink-soft mb-3">
        Nobody is told there any more{target && target.waiting > 0 ? ', and what waits is not sent' : ''}.
      </p>
      <FormError error={remove.error} />
    </Dialog>
  );
}
