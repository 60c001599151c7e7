import { useMutation, useQuery } from '@tanstack/react-query';
import { RefreshCw } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { FlowView } from '../../shared/api/flows.ts';
import { maxOfferedMails, type OfferedMail } from '../../shared/api/simulations.ts';
import { asApiError, callUntil, useRoute, type ApiError } from '../api.ts';
import { useEditor, useEditorStore } from '../editor/store.ts';
import { FormError } from '../shell/form-error.tsx';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Field } from '../ui/field.tsx';
import { FileDrop } from '../ui/file-drop.tsx';
import { RadioGroup } from '../ui/radio-group.tsx';
import { Spinner } from '../ui/spinner.tsx';
import { Switch } from '../ui/switch.tsx';
import { TextArea } from '../ui/text-area.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { sizeText } from '../ui/time-words.ts';
import { keepMail } from './simulation-stream.ts';
import { channelKey, simulationOf, useSimulation, type MailSource } from './simulation.ts';

const sources: Record<MailSource, string> = { mailbox: 'Mailbox', file: 'File', message: 'Past message', typed: 'Typed' };

/** Which mail is to be run through the drawing. */
export function MailChoice({ flow }: { flow: FlowView }) {
  const simulation = simulationOf(useEditorStore());
  const source = useSimulation((state) => state.source);
  return (
    <section aria-label="Mail" className="flex flex-col gap-3">
      <RadioGroup label="Mail from" value={source} options={sources} onChange={(next) => simulation.setState({ source: next })} />
      {source === 'mailbox' && <FromMailbox />}
      {source === 'file' && <FromFile />}
      {source === 'message' && <PastMessage flowId={flow.id} />}
      {source === 'typed' && <Typed />}
    </section>
  );
}

/** Opening a mailbox may take as long as a channel's Timeout lets it. */
const visitTimeoutMs = 5 * 60_000;

function FromMailbox() {
  const editor = useEditorStore();
  const simulation = simulationOf(editor);
  const offered = useSimulation((state) => state.offered);
  const [which, setWhich] = useState<'wanted' | 'all'>('wanted');
  const document = useEditor((state) => state.document);
  const values = useSimulation((state) => state.values);
  const now = channelKey(document, values);
  const [channel, setChannel] = useState(now);
  const listed = useQuery({
    queryKey: ['mailsToSimulate', channel, which],
    queryFn: async ({ signal }) => {
      const body = { document: editor.getState().document, values: simulation.getState().values, which };
      return callUntil('listMailsToSimulate', { body }, signal, visitTimeoutMs);
    },
    // A mailbox is visited once, and again only when somebody asks for it.
    staleTime: Infinity,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  return (
    <>
      <div className="flex items-center gap-3">
        <Field label="Also mails that Selection and Search leave out" isInline>
          {(ids) => <Switch {...ids} isOn={which === 'all'} onChange={(isOn) => setWhich(isOn ? 'all' : 'wanted')} />}
        </Field>
        <Button
          size="sm"
          className="ml-auto"
          icon={<RefreshCw size={13} aria-hidden />}
          isBusy={listed.isFetching}
          onClick={() => (channel === now ? void listed.refetch() : setChannel(now))}
        >
          List again
        </Button>
      </div>
      {listed.isFetching && !listed.data && (
        <p className="text-ink-soft flex items-center gap-2">
          <Spinner size={14} /> Looking into the mailbox…
        </p>
      )}
      {listed.error && !listed.isFetching && <FormError error={asApiError(listed.error)} />}
      {channel !== now && <p className="text-warn">The channel has changed since. List its mails again.</p>}
      {channel === now && listed.data && !listed.error && (
        <>
          <MailList
            mails={listed.data.mails.map((mail) => ({ ...mail, id: mail.uid }))}
            label="Mails of the mailbox"
            emptyText={which === 'wanted' ? 'No mail matches Selection and Search.' : 'There is no mail.'}
            chosenId={offered?.channel === channel ? offered.mail.uid : null}
            onChoose={(id) => {
              const mail = listed.data.mails.find(({ uid }) => uid === id);
              simulation.setState({ offered: mail ? { mail, channel } : null });
            }}
          />
          {listed.data.total > maxOfferedMails && (
            <p className="text-ink-faint text-xs">
              The newest {maxOfferedMails} of {listed.data.total}.
            </p>
          )}
          {listed.data.notes.map((note) => (
            <p key={note} className="text-ink-soft text-xs">
              {note}
            </p>
          ))}
        </>
      )}
      <p className="text-ink-faint text-xs">The mails stay as they are: nothing is marked, moved or deleted.</p>
    </>
  );
}

type ListedMail = Pick<OfferedMail, 'subject' | 'from' | 'date' | 'sizeBytes'> & { id: string };

function MailList({
  mails,
  label,
  emptyText,
  chosenId,
  onChoose,
}: {
  mails: ListedMail[];
  label: string;
  emptyText: string;
  chosenId: string | null;
  onChoose: (id: string) => void;
}) {
  if (mails.length === 0) return <p className="text-ink-soft">{emptyText}</p>;
  return (
    <div role="radiogroup" aria-label={label} className="border-line divide-line max-h-56 divide-y overflow-y-auto rounded-md border">
      {mails.map(({ id, subject, from, date, sizeBytes }) => (
        // The text of the label is that of the spans.
        // oxlint-disable-next-line jsx-a11y/label-has-associated-control
        <label
          key={id}
          className={classNames(
            'flex cursor-pointer items-start gap-2 px-2.5 py-1.5',
            'has-focus-visible:outline-accent has-focus-visible:outline-2 has-focus-visible:-outline-offset-2',
            id === chosenId ? 'bg-accent-soft' : 'hover:bg-sunken',
          )}
        >
          <input
            type="radio"
            name={label}
            checked={id === chosenId}
            onChange={() => onChoose(id)}
            className="border-line-strong checked:border-accent mt-1 size-3.5 shrink-0 appearance-none rounded-full border outline-none checked:border-4"
          />
          <span className="min-w-0 flex-1">
            <span className="block truncate font-medium">{subject || '(no subject)'}</span>
            <span className="text-ink-soft flex gap-2 text-xs">
              <span className="truncate">{from || '(no sender)'}</span>
              <span className="tabular ml-auto shrink-0">
                {date && (
                  <>
                    <TimeText at={date} /> ·{' '}
                  </>
                )}
                {sizeText(sizeBytes)}
              </span>
            </span>
          </span>
        </label>
      ))}
    </div>
  );
}

function FromFile() {
  const simulation = simulationOf(useEditorStore());
  const file = useSimulation((state) => state.file);
  const ended = useRef<AbortController>(undefined);
  useEffect(() => () => ended.current?.abort(), []);
  const upload = useMutation<void, ApiError, File>({
    meta: { isShown: true },
    mutationFn: async (chosen) => {
      ended.current?.abort();
      const { signal } = (ended.current = new AbortController());
      try {
        const kept = await keepMail(chosen, signal);
        if (!signal.aborted) simulation.setState({ file: { ...kept, fileName: chosen.name } });
      } catch (error) {
        // Cancelled: nothing to tell.
        if (!signal.aborted) throw asApiError(error);
      }
    },
  });
  return (
    <FileDrop
      label="Mail file"
      accept=".eml,message/rfc822"
      className="p-4"
      isBusy={upload.isPending}
      fileName={file?.fileName}
      onChoose={(chosen) => upload.mutate(chosen)}
    >
      {upload.isPending && (
        <Button size="sm" variant="ghost" onClick={() => ended.current?.abort()}>
          Cancel
        </Button>
      )}
      <p className="text-ink-faint max-w-full text-xs break-words">
        {file ? `${file.subject || '(no subject)'} · ${file.from} · ${sizeText(file.sizeBytes)}` : 'An .eml file, or drop it here.'}
      </p>
      <FormError error={upload.error} />
    </FileDrop>
  );
}

function PastMessage({ flowId }: { flowId: string }) {
  const simulation = simulationOf(useEditorStore());
  const chosenId = useSimulation((state) => state.messageId);
  const messages = useRoute('listMessages', { query: { flowId, limit: maxOfferedMails } });
  if (messages.error) return <FormError error={messages.error} />;
  if (!messages.data) return <Spinner size={14} />;
  return (
    <MailList
      mails={messages.data.items.map((message) => ({ ...message, date: message.receivedAt }))}
      label="Past messages"
      emptyText="This flow has no message yet."
      chosenId={chosenId}
      onChoose={(messageId) => simulation.setState({ messageId })}
    />
  );
}

function Typed() {
  const simulation = simulationOf(useEditorStore());
  const typed = useSimulation((state) => state.typed);
  const set = (part: Partial<typeof typed>) => simulation.setState({ typed: { ...typed, ...part } });
  return (
    <>
      <Field label="From">{(ids) => <TextInput {...ids} value={typed.from} maxLength={320} onChange={(from) => set({ from })} />}</Field>
      <Field label="To">{(ids) => <TextInput {...ids} value={typed.to} maxLength={320} onChange={(to) => set({ to })} />}</Field>
      <Field label="Subject">
        {(ids) => <TextInput {...ids} value={typed.subject} maxLength={998} onChange={(subject) => set({ subject })} />}
      </Field>
      <Field label="Body">
        {(ids) => <TextArea {...ids} rows={5} value={typed.text} maxLength={1_000_000} onChange={(text) => set({ text })} />}
      </Field>
      <Field label="The body is HTML" isInline>
        {(ids) => <Switch {...ids} isOn={typed.isHtml} onChange={(isHtml) => set({ isHtml })} />}
      </Field>
    </>
  );
}
