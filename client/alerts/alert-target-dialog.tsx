import { useMutation } from '@tanstack/react-query';
import { CircleCheck, Send } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { AlertTargetView } from '../../shared/alert-schemas.ts';
import { alertKinds, alertTable, type AlertKind } from '../../shared/alerts.ts';
import { asApiError, call, callUntil, useRoute } from '../api.ts';
import { ErrorText } from '../monitor/error-text.tsx';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { CheckGroup } from '../ui/check-group.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { NumberInput } from '../ui/number-input.tsx';
import { RadioGroup } from '../ui/radio-group.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { toast } from '../ui/toast.tsx';
import { MailFields } from './mail-fields.tsx';
import { bodyOf, draftOf, settingsOf, testTimeoutMs, type TargetDraft } from './target-draft.ts';
import { WebhookFields } from './webhook-fields.tsx';

export interface DraftProps {
  draft: TargetDraft;
  set: (change: Partial<TargetDraft>) => void;
  /** What the server says is wrong with a field of `settings`. */
  problemOf: (path: string) => string | undefined;
}

const kindTitles = Object.fromEntries(alertKinds.map((kind) => [kind, alertTable[kind].title])) as Record<AlertKind, string>;

/** Who is told, how, and of what. What stands in the form can be tested before it is saved. */
export function AlertTargetDialog({ existing, onClose }: { existing: AlertTargetView | undefined; onClose: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(existing));
  const test = useMutation({
    mutationFn: async () => callUntil('testAlertTarget', { body: { settings: settingsOf(draft) } }, undefined, testTimeoutMs),
    meta: { isShown: true },
  });
  const save = useMutation({
    mutationFn: async () =>
      existing
        ? call('saveAlertTarget', { params: { id: existing.id }, body: bodyOf(draft, existing.isEnabled) })
        : call('createAlertTarget', { body: bodyOf(draft, true) }),
    meta: { isShown: true },
    onSuccess: async ({ name }) => {
      await queryClient.invalidateQueries({ queryKey: ['listAlertTargets'] });
      toast({ text: `'${name}' is told of alerts.`, tone: 'good' });
      onClose();
    },
  });
  const set = (change: Partial<TargetDraft>) => {
    setDraft((before) => ({ ...before, ...change }));
    test.reset();
    save.reset();
  };
  const failure = save.error ?? test.error;
  const problems = failure ? asApiError(failure).problems : [];
  const hasProblems = problems.length > 0;
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (hasProblems) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [hasProblems]);
  const problemOf = (path: string) => problems.find((problem) => problem.path === path || problem.path.startsWith(`${path}.`))?.message;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={existing ? `Target ${existing.name}` : 'New target'}
      description="Secrets stay in User Credentials; the target holds only their names."
      footer={
        <>
          <Button className="mr-auto" icon={<Send size={14} aria-hidden />} isBusy={test.isPending} onClick={() => test.mutate()}>
            Send test
          </Button>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="alert-target" variant="primary" isBusy={save.isPending}>
            Save
          </Button>
        </>
      }
    >
      <form
        ref={form}
        id="alert-target"
        autoComplete="off"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!save.isPending) save.mutate();
        }}
      >
        <Field label="Name" error={problemOf('name')} isRequired>
          {(ids) => (
            <TextInput {...ids} required maxLength={100} value={draft.name} onChange={(name) => set({ name })} placeholder="Operations" />
          )}
        </Field>
        <Field label="Tell by">
          {(ids, labelId) => (
            <RadioGroup
              aria-labelledby={labelId}
              aria-describedby={ids['aria-describedby']}
              value={draft.type}
              options={{ webhook: 'Webhook', mail: 'Mail' }}
              onChange={(type) => set({ type })}
            />
          )}
        </Field>
        {draft.type === 'webhook' ? (
          <WebhookFields draft={draft} set={set} problemOf={(path) => problemOf(`settings.${path}`)} />
        ) : (
          <MailFields draft={draft} set={set} problemOf={(path) => problemOf(`settings.${path}`)} />
        )}
        <Scope draft={draft} set={set} problemOf={problemOf} />
        {test.data && (
          <InView>
            <output className="bg-good-soft flex items-start gap-2 rounded-md px-3 py-2">
              <CircleCheck size={15} className="text-good mt-0.5 shrink-0" aria-hidden />
              <span className="min-w-0 break-words">
                The test was taken. <span className="text-ink-soft font-mono text-xs">{test.data.summary}</span>
              </span>
            </output>
          </InView>
        )}
        {failure && !hasProblems && (
          <InView key={String(failure)}>{save.error ? <FormError error={failure} /> : <TestFailure error={failure} />}</InView>
        )}
        {hasProblems && <FormError error={failure} />}
      </form>
    </Dialog>
  );
}

/** What was answered, below a long form: it comes into view by itself. */
function InView({ children }: { children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    place.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return <div ref={place}>{children}</div>;
}

function TestFailure({ error }: { error: unknown }) {
  const { code, message, remedy, details } = asApiError(error);
  return (
    <div role="alert" className="bg-bad-soft rounded-md px-3 py-2">
      <ErrorText error={{ code, message, remedy, retryable: false, ...(details === undefined ? {} : { details }) }} />
    </div>
  );
}

/** Of what the target is told. */
function Scope({ draft, set, problemOf }: DraftProps) {
  const flows = useRoute('listFlows', {}).data?.items ?? [];
  const known = new Map(flows.map(({ id, name }) => [id, name]));
  for (const id of draft.flowIds) if (!known.has(id)) known.set(id, 'a deleted flow');
  return (
    <>
      <Field label="Severity">
        {(_, labelId) => (
          <RadioGroup
            aria-labelledby={labelId}
            value={draft.leastSeverity}
            options={{ warning: 'Warnings and errors', error: 'Errors only' }}
            onChange={(leastSeverity) => set({ leastSeverity })}
          />
        )}
      </Field>
      <Field label="Kinds" help="None ticked: all.">
        {() => <CheckGroup label="Kinds" values={draft.kinds} options={kindTitles} onChange={(kinds) => set({ kinds })} />}
      </Field>
      {known.size > 0 && (
        <Field label="Flows" help="None ticked: all flows, and what belongs to no flow.">
          {() => (
            <CheckGroup label="Flows" values={draft.flowIds} options={Object.fromEntries(known)} onChange={(flowIds) => set({ flowIds })} />
          )}
        </Field>
      )}
      <Field
        label="Remind"
        unit="h"
        help="Tells again of an open alert that nobody has acknowledged. Empty: once only."
        error={problemOf('remindHours')}
      >
        {(ids) => <NumberInput {...ids} min={1} max={720} value={draft.remindHours} onChange={(remindHours) => set({ remindHours })} />}
      </Field>
    </>
  );
}
