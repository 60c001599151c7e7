import { useMutation } from '@tanstack/react-query';
import { Download, RotateCcw, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { quarantineBulkKinds } from '../../shared/bulk-kinds.ts';
import type { QuarantineView } from '../../shared/api/quarantine.ts';
import { plainText } from '../../shared/plain-text.ts';
import { apiPath, call, useRoute } from '../api.ts';
import { useWhyNot } from '../may.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button, buttonClass } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { sizeText } from '../ui/time-words.ts';
import { toast } from '../ui/toast.tsx';
import { ForeignText } from '../ui/foreign-text.tsx';
import { BulkStrip } from './bulk-strip.tsx';
import { ErrorText } from './error-text.tsx';

type Action = 'release' | 'discard';
/** What is done with several: those that were chosen, or all there are. */
type Chosen = { ids: string[] } | { count: number };

const readAgain = async () => queryClient.invalidateQueries({ queryKey: ['listQuarantine'] });
const countOf = (chosen: Chosen) => ('ids' in chosen ? chosen.ids.length : chosen.count);

/** Workers do it: the strip above the list shows how far they are. */
function useSettle(action: Action, onDone: () => void) {
  return useMutation({
    mutationFn: async (chosen: Chosen) =>
      call('createBulk', { body: { kind: action, ...('ids' in chosen ? { ids: chosen.ids } : { filter: {} }) } }),
    onSuccess: (_, chosen) => {
      toast({ text: beganText(action, countOf(chosen)) });
      onDone();
    },
    onSettled: async () => Promise.all([readAgain(), queryClient.invalidateQueries({ queryKey: ['listBulks'] })]),
  });
}

function beganText(action: Action, count: number): string {
  const mails = count === 1 ? 'The mail is' : `${count.toLocaleString('en')} mails are`;
  return `${mails} ${action === 'release' ? 'being tried again' : 'being discarded'}.`;
}

/** Mails that could not be taken in or read; a person tries them again or leaves them out, several at once. */
export function QuarantinePage() {
  const quarantine = useRoute('listQuarantine', {});
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [isAllChosen, setIsAllChosen] = useState(false);
  const [discarding, setDiscarding] = useState<Chosen & { first?: QuarantineView }>();
  const choose = (ids: Iterable<string>) => {
    setChosen(new Set(ids));
    setIsAllChosen(false);
  };
  return (
    <Page
      title="Quarantine"
      intro="Mails that could not be taken in or read, or that ended a worker. They are kept as they came and hold up no other mail."
    >
      <BulkStrip kinds={quarantineBulkKinds} />
      <Loaded query={quarantine}>
        {({ items, total }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<ShieldCheck size={24} aria-hidden />}
              title="Nothing is set aside."
              text="Every mail so far could be taken in and read."
            />
          ) : (
            <Panel label="Mails in quarantine">
              <ChosenBar
                items={items}
                total={total}
                // What was settled meanwhile, here or elsewhere, is no longer in the list.
                ids={items.filter(({ id }) => chosen.has(id)).map(({ id }) => id)}
                isAllChosen={isAllChosen}
                onChoose={choose}
                onChooseAll={() => setIsAllChosen(true)}
                onDiscard={setDiscarding}
              />
              <ul className="divide-line divide-y">
                {items.map((mail) => (
                  <QuarantinedMail
                    key={mail.id}
                    mail={mail}
                    isChosen={chosen.has(mail.id)}
                    onChoose={(isChosen) => {
                      const others = [...chosen].filter((id) => id !== mail.id);
                      choose(isChosen ? [...others, mail.id] : others);
                    }}
                    onDiscard={() => setDiscarding({ ids: [mail.id], first: mail })}
                  />
                ))}
              </ul>
            </Panel>
          )
        }
      </Loaded>
      <DiscardDialog chosen={discarding} onClose={() => setDiscarding(undefined)} onDone={() => choose([])} />
    </Page>
  );
}

/** What is done with several at once. */
function ChosenBar({
  items,
  total,
  ids,
  isAllChosen,
  onChoose,
  onChooseAll,
  onDiscard,
}: {
  items: QuarantineView[];
  /** There may be more than are listed. */
  total: number;
  /** Of those that are chosen. */
  ids: string[];
  isAllChosen: boolean;
  onChoose: (ids: string[]) => void;
  onChooseAll: () => void;
  onDiscard: (chosen: Chosen & { first?: QuarantineView }) => void;
}) {
  const release = useSettle('release', () => onChoose([]));
  const whyNot = useWhyNot('operate');
  const isEachChosen = ids.length === items.length;
  const chosen: Chosen = isAllChosen ? { count: total } : { ids };
  const [first] = items.filter(({ id }) => ids.includes(id));
  return (
    <div className="border-line bg-sunken flex min-h-11 flex-wrap items-center gap-x-4 gap-y-2 border-b px-4 py-2">
      <label className="flex cursor-pointer items-center gap-3 select-none">
        <input
          type="checkbox"
          checked={isEachChosen}
          ref={(box) => {
            if (box) box.indeterminate = ids.length > 0 && !isEachChosen;
          }}
          onChange={() => onChoose(isEachChosen ? [] : items.map(({ id }) => id))}
          className="accent-accent size-4"
        />
        {ids.length === 0
          ? `Select all ${items.length.toLocaleString('en')}${total > items.length ? ' that are listed' : ''}`
          : `${countOf(chosen).toLocaleString('en')} of ${total.toLocaleString('en')} selected`}
      </label>
      {isEachChosen && total > items.length && !isAllChosen && (
        <Button size="sm" variant="ghost" onClick={onChooseAll}>
          Select all {total.toLocaleString('en')}
        </Button>
      )}
      {ids.length > 0 && (
        <div className="flex flex-wrap gap-2">
          <Button
            size="sm"
            icon={<RotateCcw size={13} aria-hidden />}
            isBusy={release.isPending}
            whyNot={whyNot}
            onClick={() => release.mutate(chosen)}
          >
            Try again
          </Button>
          <Button size="sm" variant="danger" whyNot={whyNot} onClick={() => onDiscard({ ...chosen, ...(first && { first }) })}>
            Discard…
          </Button>
        </div>
      )}
    </div>
  );
}

function QuarantinedMail({
  mail,
  isChosen,
  onChoose,
  onDiscard,
}: {
  mail: QuarantineView;
  isChosen: boolean;
  onChoose: (isChosen: boolean) => void;
  onDiscard: () => void;
}) {
  const release = useMutation({
    mutationFn: async () => call('releaseQuarantined', { params: { id: mail.id } }),
    onSuccess: () => toast({ text: mail.hasRaw ? 'The mail is tried again.' : 'The mail is fetched from the server now.' }),
    onSettled: readAgain,
  });
  const whyNot = useWhyNot('operate');
  const whyNoRaw = useWhyNot('payload');
  const isTooLarge = mail.reason.code === 'MAIL_TOO_LARGE';
  const subject = plainText(mail.subject) || '(no subject)';
  return (
    <li className="flex flex-wrap items-start gap-x-6 gap-y-3 px-4 py-3">
      <div className="flex min-w-0 flex-1 basis-80 items-start gap-3">
        <input
          type="checkbox"
          aria-label={`Select ‘${subject}’`}
          checked={isChosen}
          onChange={({ target }) => onChoose(target.checked)}
          className="accent-accent mt-0.5 size-4 shrink-0"
        />
        <div className="min-w-0">
          <p className="truncate font-medium">
            <bdi>{subject}</bdi>
          </p>
          <p className="text-ink-faint mb-2 text-xs">
            {mail.from ? <ForeignText text={mail.from} /> : 'sender unknown'} · {mail.flowName} · {sizeText(mail.sizeBytes)}
            {mail.sentAt && (
              <>
                {' '}
                · sent <TimeText at={mail.sentAt} />
              </>
            )}{' '}
            · set aside <TimeText at={mail.since} />
          </p>
          <ErrorText error={mail.reason} />
          {!mail.hasRaw && <p className="text-ink-soft mt-1">The mail is on the mail server only.</p>}
        </div>
      </div>
      <div className="flex flex-wrap gap-2 max-sm:pl-7">
        {mail.hasRaw && whyNoRaw === undefined && (
          <a href={apiPath('/quarantine/:id/raw', { id: mail.id })} download className={buttonClass('secondary', 'sm')}>
            <Download size={13} aria-hidden />
            Raw mail
          </a>
        )}
        <Button
          size="sm"
          icon={<RotateCcw size={13} aria-hidden />}
          isBusy={release.isPending}
          whyNot={whyNot}
          onClick={() => release.mutate()}
        >
          {isTooLarge ? 'Take anyway' : 'Try again'}
        </Button>
        <Button size="sm" variant="danger" whyNot={whyNot} onClick={onDiscard}>
          Discard…
        </Button>
      </div>
    </li>
  );
}

function DiscardDialog({
  chosen,
  onClose,
  onDone,
}: {
  chosen: (Chosen & { first?: QuarantineView }) | undefined;
  onClose: () => void;
  onDone: () => void;
}) {
  const discard = useSettle('discard', () => {
    onDone();
    onClose();
  });
  const count = chosen ? countOf(chosen) : 0;
  return (
    <Dialog
      isOpen={chosen !== undefined}
      onClose={onClose}
      title={count > 1 ? `Discard ${count.toLocaleString('en')} mails?` : 'Discard this mail?'}
      size="sm"
      footer={
        <>
          <Button onClick={onClose}>Keep</Button>
          <Button variant="danger" isBusy={discard.isPending} onClick={() => chosen && discard.mutate(chosen)}>
            Discard
          </Button>
        </>
      }
    >
      <p className="text-ink-soft">
        {count > 1
          ? 'They will not go through their flow. They stay on the mail server as they are.'
          : `‘${plainText(chosen?.first?.subject ?? '') || '(no subject)'}’ will not go through the flow. It stays on the mail server as it is.`}
      </p>
    </Dialog>
  );
}
