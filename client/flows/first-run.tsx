import { useMutation } from '@tanstack/react-query';
import { ArrowRight, FlaskConical, Inbox, type LucideIcon } from 'lucide-react';
import { call, useRoute } from '../api.ts';
import { queryClient } from '../shell/query-client.ts';
import { Spinner } from '../ui/spinner.tsx';
import { practiceFlow } from './practice-flow.ts';

/** The doors of the first visit: a mailbox to try things with, or one's own. */
export function FirstRun({ onCreated, onNameFlow }: { onCreated: (flowId: string) => void; onNameFlow: () => void }) {
  const practice = useRoute('getPractice', {});
  const create = useMutation({
    mutationFn: async () => {
      const facts = await call('preparePractice');
      return call('createFlow', {
        body: { name: 'Practice', description: 'Writes the practice mails to the outbox folder.', draft: practiceFlow(facts) },
      });
    },
    onSuccess: async (flow) => {
      await queryClient.invalidateQueries({ queryKey: ['listFlows'] });
      await queryClient.invalidateQueries({ queryKey: ['listCredentials'] });
      onCreated(flow.id);
    },
  });
  return (
    <div className="grid max-w-3xl gap-3 sm:grid-cols-2">
      <Door
        Icon={FlaskConical}
        title="Practice mailbox"
        text="A built-in mailbox with sample mails. The flow is drawn for you: press Deploy and watch the first mail go through."
        isBusy={create.isPending}
        isDisabled={practice.data?.isAvailable === false}
        onOpen={() => create.mutate()}
      />
      <Door
        Icon={Inbox}
        title="My mailbox"
        text="Connect your own mail server over IMAP4 or POP3. A checklist tells what is needed, and the connection can be tested first."
        onOpen={onNameFlow}
      />
    </div>
  );
}

function Door({
  Icon,
  title,
  text,
  isBusy = false,
  isDisabled = false,
  onOpen,
}: {
  Icon: LucideIcon;
  title: string;
  text: string;
  isBusy?: boolean;
  isDisabled?: boolean;
  onOpen: () => void;
}) {
  return (
    <button
      type="button"
      onClick={onOpen}
      disabled={isBusy || isDisabled}
      aria-busy={isBusy || undefined}
      className="group border-line bg-surface hover:border-accent flex flex-col items-start gap-1.5 rounded-lg border p-4 text-left shadow-sm transition-colors disabled:opacity-60"
    >
      <span className="flex w-full items-center gap-2.5 text-base font-semibold">
        <Icon size={18} className="text-accent" aria-hidden />
        {title}
        <span className="text-ink-faint group-hover:text-accent ml-auto">
          {isBusy ? <Spinner /> : <ArrowRight size={16} aria-hidden />}
        </span>
      </span>
      <span className="text-ink-soft">{isDisabled ? 'Switched off on this server.' : text}</span>
    </button>
  );
}
