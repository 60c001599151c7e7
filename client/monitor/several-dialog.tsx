import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useEffectEvent, useState, type ReactNode } from 'react';
import type { BulkView, BulkWish } from '../../shared/api/bulks.ts';
import type { SeveralAnswers } from '../../shared/api/messages.ts';
import { call, useRoute } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { RadioGroup } from '../ui/radio-group.tsx';
import { toast } from '../ui/toast.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { bulkWish, countOf, messagesText, progressText, type Several, type Tally } from './several.ts';

type From = 'failed' | 'start';
type Version = 'same' | 'newest';

interface Props {
  /** Open while given. */
  several: Several | undefined;
  onClose: () => void;
  /** Every message was answered for. */
  onDone?: () => void;
}

/** Asks how messages are run again, does it, and says what became of each. */
export function RunAgainDialog({
  several,
  onClose,
  onDone,
  isFailed = true,
}: Props & { /** There is a failed step to go on from. */ isFailed?: boolean }) {
  const [from, setFrom] = useState<From>(isFailed ? 'failed' : 'start');
  const [version, setVersion] = useState<Version>('same');
  return (
    <SeveralDialog
      several={several}
      onClose={onClose}
      onDone={onDone}
      title={`Run ${several ? countOf(several) : ''} again?`}
      verb="Run again"
      doneText={(text) => `${text} again.`}
      pastVerb="run"
      one={async (id) => call('retryMessages', { body: { ids: [id], from, version } })}
      many={async (which) => call('createBulk', { body: { ...which, kind: 'retry', wish: { from, version } } })}
    >
      <div className="flex flex-col gap-4">
        <Field
          label="Start"
          help={
            from === 'failed'
              ? 'Receivers that have the message are not called again; the others get it under the same Idempotency-Key. For FAILED and CANCELLED messages.'
              : 'Every receiver gets the message once more, under a new Idempotency-Key, also those that have it already.'
          }
        >
          {(ids, labelId) => (
            <RadioGroup
              aria-labelledby={labelId}
              aria-describedby={ids['aria-describedby']}
              value={from}
              options={{ failed: 'At the failed step', start: 'From the start' }}
              onChange={setFrom}
            />
          )}
        </Field>
        <Field
          label="Version"
          help={
            version === 'same'
              ? 'The drawing as it was when the message came, or was last run.'
              : 'The drawing that is deployed now. Receivers that it has at another place count as new and are called.'
          }
        >
          {(ids, labelId) => (
            <RadioGroup
              aria-labelledby={labelId}
              aria-describedby={ids['aria-describedby']}
              value={version}
              options={{ same: 'The one it ran with', newest: 'The newest' }}
              onChange={setVersion}
            />
          )}
        </Field>
      </div>
    </SeveralDialog>
  );
}

/** Asks before messages are cancelled. */
export function CancelDialog({ several, onClose, onDone }: Props) {
  return (
    <SeveralDialog
      several={several}
      onClose={onClose}
      onDone={onDone}
      title={`Cancel ${several ? countOf(several) : ''}?`}
      verb="Cancel them"
      isDangerous
      doneText={(text) => `${text}.`}
      pastVerb="cancelled"
      one={async (id) => call('cancelMessages', { body: { ids: [id] } })}
      many={async (which) => call('createBulk', { body: { ...which, kind: 'cancel' } })}
    >
      <p className="text-ink-soft">
        Those that wait or run become CANCELLED, and calls under way are cut off. What receivers have got already stays with them. Cancelled
        messages are kept and can be run again.
      </p>
    </SeveralDialog>
  );
}

function SeveralDialog({
  several,
  onClose,
  onDone,
  title,
  verb,
  isDangerous = false,
  doneText,
  pastVerb,
  one,
  many,
  children,
}: Props & {
  title: string;
  verb: string;
  isDangerous?: boolean;
  doneText: (what: string) => string;
  pastVerb: string;
  /** Does it with one message at once. */
  one: (id: string) => Promise<SeveralAnswers>;
  /** Has the workers do it with many. */
  many: (which: BulkWish) => Promise<BulkView>;
  children: ReactNode;
}) {
  /** What was asked for the messages that it was opened with. */
  const [begun, setBegun] = useState<{ several: Several; tally: Tally & { id?: string } }>();
  const asked = begun?.several === several ? begun?.tally : undefined;
  const followed = useRoute(
    'getBulk',
    { params: { id: asked?.id ?? '' } },
    { isEnabled: asked?.id !== undefined && asked.state === 'running', everyMs: 1_000 },
  );
  const tally = asked?.id === undefined ? asked : (followed.data ?? asked);
  const start = useMutation({
    mutationFn: async (chosen: Several) => {
      const [only, ...others] = 'ids' in chosen ? chosen.ids : [];
      const isOne = only !== undefined && others.length === 0;
      setBegun({ several: chosen, tally: isOne ? tallyOf(await one(only)) : await many(bulkWish(chosen)) });
    },
    meta: { isShown: true },
  });
  const stop = useMutation({ mutationFn: async (id: string) => call('stopBulk', { params: { id } }) });
  const close = () => {
    start.reset();
    onClose();
  };
  const leave = () => {
    close();
    onDone?.();
  };
  const isAllDone = tally?.state === 'done' && tally.refused === 0;
  const finish = useEffectEvent(() => {
    if (!tally) return;
    toast({ text: doneText(`${messagesText(tally.done)} ${pastVerb}`), tone: 'good' });
    onClose();
    onDone?.();
  });
  useEffect(() => {
    if (isAllDone) finish();
  }, [isAllDone]);
  const isRunning = tally?.state === 'running';
  const isOver = tally !== undefined && !isRunning && !isAllDone;
  return (
    <Dialog
      isOpen={several !== undefined}
      onClose={tally ? leave : close}
      title={isOver ? (tally.state === 'stopped' ? 'Stopped' : 'Not all of them') : title}
      footer={
        tally ? (
          <>
            {isRunning && asked?.id !== undefined && (
              <Button isBusy={stop.isPending} onClick={() => stop.mutate(asked.id ?? '')}>
                Stop
              </Button>
            )}
            <Button variant="primary" onClick={leave}>
              Close
            </Button>
          </>
        ) : (
          <>
            <Button onClick={close}>Back</Button>
            <Button variant={isDangerous ? 'danger' : 'primary'} isBusy={start.isPending} onClick={() => several && start.mutate(several)}>
              {verb}
            </Button>
          </>
        )
      }
    >
      {isOver ? <Outcome tally={tally} doneText={doneText} pastVerb={pastVerb} /> : tally ? <Progress tally={tally} /> : children}
      <FormError error={start.error} />
    </Dialog>
  );
}

function Progress({ tally }: { tally: Tally }) {
  return (
    <div className="flex flex-col gap-3">
      <BulkBar tally={tally} />
      <output className="tabular block">{progressText(tally)}</output>
      <p className="text-ink-soft">
        It goes on when you close this, or the browser.{' '}
        <Link to="/monitor/bulk" className="text-accent hover:underline">
          Bulk actions
        </Link>{' '}
        shows how far it is.
      </p>
    </div>
  );
}

function Outcome({ tally, doneText, pastVerb }: { tally: Tally; doneText: (what: string) => string; pastVerb: string }) {
  return (
    <div className="flex flex-col gap-2">
      <p>{doneText(`${tally.done.toLocaleString('en')} ${pastVerb}`)}</p>
      {tally.refused > 0 && (
        <>
          <p>{tally.refused.toLocaleString('en')} stayed as they are:</p>
          <Reasons reasons={tally.reasons} />
        </>
      )}
      {tally.state === 'stopped' && <p>What was not reached stays as it is.</p>}
    </div>
  );
}

/** Why messages stayed as they are. */
export function Reasons({ reasons }: Pick<Tally, 'reasons'>) {
  return (
    <ul className="text-ink-soft list-disc pl-5">
      {reasons.map(({ code, text, count }) => (
        <li key={code}>
          {text} {count > 1 && <span className="text-ink-faint tabular">({count.toLocaleString('en')} times)</span>}
        </li>
      ))}
    </ul>
  );
}

function tallyOf({ results }: SeveralAnswers): Tally {
  const refusals = results.flatMap(({ error }) => error ?? []);
  const reasons = refusals.map(({ code, message }) => ({ code, text: message, count: 1 }));
  return { done: results.length - refusals.length, refused: refusals.length, reasons, state: 'done', total: results.length };
}
