import { useMutation } from '@tanstack/react-query';
import { Download, RotateCcw, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
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
import { ErrorText } from './error-text.tsx';

type Action = 'release' | 'discard';

const readAgain = async () => queryClient.invalidateQueries({ queryKey: ['listQuarantine'] });

function useSettle(action: Action, onDone: () => void) {
  return useMutation({
    mutationFn: async (ids: string[]) => call('settleQuarantined', { body: { ids, action } }),
    onSuccess: ({ settled, missed }) => {
      toast({ text: settledText(action, settled.length, missed.length) });
      onDone();
    },
    onSettled: readAgain,
  });
}

function settledText(action: Action, settled: number, missed: number): string {
  const mails = settled === 1 ? 'The mail' : `${settled} mails`;
  const verb =
    settled === 1 ? { release: 'is tried again', discard: 'was discarded' } : { release: 'are tried again', discard: 'were discarded' };
  const others = missed > 0 ? ` ${missed} could not be: somebody was faster, or the flow is gone.` : '';
  return settled === 0 ? `No mail was changed.${others}` : `${mails} ${verb[action]}.${others}`;
}

/** Mails that could not be taken in or read; a person tries them again or leaves them out, several at once. */
export function QuarantinePage() {
  const quarantine = useRoute('listQuarantine', {});
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [discarding, setDiscarding] = useState<QuarantineView[]>();
  return (
    <Page
      title="Quarantine"
      intro="Mails that could not be taken in or read, or that ended a worker. They are kept as they came and hold up no other mail."
    >
      <Loaded query={quarantine}>
        {({ items }) =>
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
                // What was settled meanwhile, here or elsewhere, is no longer in the list.
                chosen={items.filter(({ id }) => chosen.has(id))}
                onChoose={(mails) => setChosen(new Set(mails.map(({ id }) => id)))}
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
                      setChosen(new Set(isChosen ? [...others, mail.id] : others));
                    }}
                    onDiscard={() => setDiscarding([mail])}
                  />
                ))}
              </ul>
            </Panel>
          )
        }
      </Loaded>
      <DiscardDialog mails={discarding} onClose={() => setDiscarding(undefined)} />
    </Page>
  );
}

/** What is done with several at once. */
function ChosenBar({
  items,
  chosen,
  onChoose,
  onDiscard,
}: {
  items: QuarantineView[];
  chosen: QuarantineView[];
  onChoose: (mails: QuarantineView[]) => void;
  onDiscard: (mails: QuarantineView[]) => void;
}) {
  const release = useSettle('release', () => onChoose([]));
  const whyNot = useWhyNot('operate');
  const isAll = chosen.length === items.length;
  return (
    <div className="border-line bg-sunken flex min-h-11 flex-wrap items-center gap-x-4 gap-y-2 border-b px-4 py-2">
      <label className="flex cursor-pointer items-center gap-3 select-none">
        <input
          type="checkbox"
          checked={isAll}
          ref={(box) => {
            if (box) box.indeterminate = chosen.length > 0 && !isAll;
          }}
          onChange={() => onChoose(isAll ? [] : items)}
          className="accent-accent size-4"
        />
        {chosen.length === 0 ? `Select all ${items.length}` : `${chosen.length} of ${items.length} selected`}
      </label>
      {chosen.length > 0 && (
        <div className="flex flex-wrap gap-2">
          <Button
            size="sm"
            icon={<RotateCcw size={13} aria-hidden />}
            isBusy={release.isPending}
            whyNot={whyNot}
            onClick={() => release.mutate(chosen.map(({ id }) => id))}
          >
            Try again
          </Button>
          <Button size="sm" variant="danger" whyNot={whyNot} onClick={() => onDiscard(chosen)}>
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

function DiscardDialog({ mails = [], onClose }: { mails: QuarantineView[] | undefined; onClose: () => void }) {
  const discard = useSettle('discard', onClose);
  const [first] = mails;
  return (
    <Dialog
      isOpen={first !== undefined}
      onClose={onClose}
      title={mails.length > 1 ? `Discard ${mails.length} mails?` : 'Discard this mail?'}
      size="sm"
      footer={
        <>
          <Button onClick={onClose}>Keep</Button>
          <Button variant="danger" isBusy={discard.isPending} onClick={() => discard.mutate(mails.map(({ id }) => id))}>
            Discard
          </Button>
        </>
      }
    >
      <p className="text-ink-soft">
        {mails.length > 1
          ? 'They will not go through their flow. They stay on the mail server as they are.'
          : `‘${plainText(first?.subject ?? '') || '(no subject)'}’ will not go through the flow. It stays on the mail server as it is.`}
      </p>
    </Dialog>
  );
}
