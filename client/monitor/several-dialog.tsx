import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { SeveralAnswers } from '../../shared/api/messages.ts';
import { call } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { RadioGroup } from '../ui/radio-group.tsx';
import { toast } from '../ui/toast.tsx';
import { messageQuery } from './message-filters.ts';
import { countOf, doSeveral, type Part, type Several, type Tally } from './several.ts';

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
      send={(body) => call('retryMessages', { body: { ...body, from, version } })}
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
      send={(body) => call('cancelMessages', { body })}
    >
      <p className="text-ink-soft">
        Those that wait or run become CANCELLED, and calls under way are cut off. What receivers have got already stays with them. Cancelled
        messages are kept and can be run again.
      </p>
    </SeveralDialog>
  );
}

type Body = { ids: string[] } | { filter: ReturnType<typeof messageQuery>; cursor?: string };

function SeveralDialog({
  several,
  onClose,
  onDone,
  title,
  verb,
  isDangerous = false,
  doneText,
  pastVerb,
  send,
  children,
}: Props & {
  title: string;
  verb: string;
  isDangerous?: boolean;
  doneText: (what: string) => string;
  pastVerb: string;
  send: (body: Body) => Promise<SeveralAnswers>;
  children: ReactNode;
}) {
  const [answered, setAnswered] = useState(0);
  const work = useMutation({
    mutationFn: async (chosen: Several) => {
      setAnswered(0);
      return doSeveral(chosen, (part) => send(bodyOf(chosen, part)), setAnswered);
    },
    meta: { isShown: true },
    onSuccess: (tally) => {
      // What was refused is read first.
      if (tally.refused > 0) return;
      toast({
        text: doneText(`${tally.done.toLocaleString('en')} ${tally.done === 1 ? 'message' : 'messages'} ${pastVerb}`),
        tone: 'good',
      });
      close();
      onDone?.();
    },
    onSettled: async () => {
      await queryClient.invalidateQueries({ queryKey: ['listMessages'] });
      await queryClient.invalidateQueries({ queryKey: ['getMessage'] });
    },
  });
  const close = () => {
    work.reset();
    onClose();
  };
  const total = several && ('ids' in several ? several.ids.length : several.count);
  return (
    <Dialog
      isOpen={several !== undefined}
      onClose={close}
      title={work.data ? 'Not all of them' : title}
      footer={
        work.data ? (
          <Button
            variant="primary"
            onClick={() => {
              close();
              onDone?.();
            }}
          >
            Close
          </Button>
        ) : (
          <>
            <Button onClick={close}>Back</Button>
            <Button variant={isDangerous ? 'danger' : 'primary'} isBusy={work.isPending} onClick={() => several && work.mutate(several)}>
              {verb}
            </Button>
          </>
        )
      }
    >
      {work.data ? <Outcome tally={work.data} doneText={doneText} pastVerb={pastVerb} /> : children}
      <output className="text-ink-soft tabular mt-3 block text-sm">
        {work.isPending && `${answered.toLocaleString('en')} of ${total?.toLocaleString('en')} …`}
      </output>
      <FormError error={work.error} />
    </Dialog>
  );
}

function Outcome({ tally, doneText, pastVerb }: { tally: Tally; doneText: (what: string) => string; pastVerb: string }) {
  return (
    <div className="flex flex-col gap-2">
      <p>{doneText(`${tally.done.toLocaleString('en')} ${pastVerb}`)}</p>
      <p>{tally.refused.toLocaleString('en')} stayed as they are:</p>
      <ul className="text-ink-soft list-disc pl-5">
        {tally.reasons.map(({ text, count }) => (
          <li key={text}>
            {text} {count > 1 && <span className="text-ink-faint tabular">({count.toLocaleString('en')} times)</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}

function bodyOf(several: Several, part: Part): Body {
  if ('ids' in part) return part;
  const filter = 'filters' in several ? messageQuery(several.filters) : {};
  return { filter, ...(part.cursor === undefined ? {} : { cursor: part.cursor }) };
}
