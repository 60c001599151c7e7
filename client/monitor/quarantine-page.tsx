import { useMutation } from '@tanstack/react-query';
import { Download, RotateCcw, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import type { QuarantineView } from '../../shared/api.ts';
import { apiPath, call, useRoute } from '../api.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button, buttonClass } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { sizeText } from '../ui/time-words.ts';
import { toast } from '../ui/toast.tsx';
import { ErrorText } from './error-text.tsx';

const readAgain = async () => queryClient.invalidateQueries({ queryKey: ['listQuarantine'] });

/** Mails that could not be taken in or parsed; a person tries them again or leaves them out. */
export function QuarantinePage() {
  const quarantine = useRoute('listQuarantine', {});
  const [discarding, setDiscarding] = useState<QuarantineView>();
  return (
    <Page title="Quarantine" intro="Mails that could not be taken in or read. They are kept as they came and hold up no other mail.">
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
              <ul className="divide-line divide-y">
                {items.map((mail) => (
                  <QuarantinedMail key={mail.id} mail={mail} onDiscard={() => setDiscarding(mail)} />
                ))}
              </ul>
            </Panel>
          )
        }
      </Loaded>
      <DiscardDialog mail={discarding} onClose={() => setDiscarding(undefined)} />
    </Page>
  );
}

function QuarantinedMail({ mail, onDiscard }: { mail: QuarantineView; onDiscard: () => void }) {
  const release = useMutation({
    mutationFn: async () => call('releaseQuarantined', { params: { id: mail.id } }),
    onSuccess: () => toast({ text: mail.hasRaw ? 'The mail is tried again.' : 'The mail is fetched from the server now.' }),
    onSettled: readAgain,
  });
  const isTooLarge = mail.reason.code === 'MAIL_TOO_LARGE';
  return (
    <li className="flex flex-wrap items-start gap-x-6 gap-y-3 px-4 py-3">
      <div className="min-w-0 flex-1 basis-80">
        <p className="truncate font-medium">{mail.subject || '(no subject)'}</p>
        <p className="text-ink-faint mb-2 text-xs">
          {mail.from || 'sender unknown'} · {mail.flowName} · {sizeText(mail.sizeBytes)}
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
      <div className="flex flex-wrap gap-2">
        {mail.hasRaw && (
          <a href={apiPath('/quarantine/:id/raw', { id: mail.id })} download className={buttonClass('secondary', 'sm')}>
            <Download size={13} aria-hidden />
            Raw mail
          </a>
        )}
        <Button size="sm" icon={<RotateCcw size={13} aria-hidden />} isBusy={release.isPending} onClick={() => release.mutate()}>
          {isTooLarge ? 'Take anyway' : 'Try again'}
        </Button>
        <Button size="sm" variant="danger" onClick={onDiscard}>
          Discard…
        </Button>
      </div>
    </li>
  );
}

function DiscardDialog({ mail, onClose }: { mail: QuarantineView | undefined; onClose: () => void }) {
  const discard = useMutation({
    mutationFn: async (id: string) => call('discardQuarantined', { params: { id } }),
    onSuccess: () => {
      toast({ text: 'The mail was discarded.' });
      onClose();
    },
    onSettled: readAgain,
  });
  return (
    <Dialog
      isOpen={mail !== undefined}
      onClose={onClose}
      title="Discard this mail?"
      size="sm"
      footer={
        <>
          <Button onClick={onClose}>Keep</Button>
          <Button variant="danger" isBusy={discard.isPending} onClick={() => mail && discard.mutate(mail.id)}>
            Discard
          </Button>
        </>
      }
    >
      <p className="text-ink-soft">
        ‘{mail?.subject || '(no subject)'}’ will not go through the flow. It stays on the mail server as it is.
      </p>
    </Dialog>
  );
}
