import { useMutation } from '@tanstack/react-query';
import { ArrowRight, FlaskConical, Inbox, LayoutTemplate, type LucideIcon } from 'lucide-react';
import { call, useRoute } from '../api.ts';
import { queryClient } from '../shell/query-client.ts';
import { Spinner } from '../ui/spinner.tsx';
import { FlowPicture } from './flow-picture.tsx';
import { practiceFlow } from './practice-flow.ts';

const nextSteps = [
  { title: 'Draw', text: 'Drag adapters and steps onto the canvas and connect them. A checklist says what each channel still needs.' },
  { title: 'Deploy', text: 'The mailbox is read on its schedule, from the first poll on also what is in it already.' },
  { title: 'Watch', text: 'Every mail appears in the monitor with its status and steps; one that fails waits with its cause.' },
];

/** The first visit: what a flow is, and the doors that lead to one: a mailbox to try things with, or one's own. */
export function FirstRun({
  onCreated,
  onMyMailbox,
  onTemplates,
}: {
  onCreated: (flowId: string) => void;
  onMyMailbox: () => void;
  onTemplates: () => void;
}) {
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
    <div className="flex flex-col gap-6">
      <FlowPicture />
      <div className="grid gap-3 md:grid-cols-3">
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
          text="Type an e-mail address and its settings are proposed, for IMAP4 or POP3. A checklist tells what is still needed, and the connection can be tested first."
          onOpen={onMyMailbox}
        />
        <Door
          Icon={LayoutTemplate}
          title="Templates"
          text="Flows drawn already: invoices to a folder, orders sorted by a Router, newsletters left out. Begin with one and change it."
          onOpen={onTemplates}
        />
      </div>
      <section aria-labelledby="next-steps">
        <h2 id="next-steps" className="text-ink-faint mb-2 text-xs font-medium">
          What happens next
        </h2>
        <ol className="grid gap-x-8 gap-y-4 sm:grid-cols-3">
          {nextSteps.map(({ title, text }, place) => (
            <li key={title} className="flex gap-3">
              <span
                aria-hidden
                className="border-line-strong text-ink-soft tabular flex size-6 shrink-0 items-center justify-center rounded-full border text-xs font-medium"
              >
                {place + 1}
              </span>
              <div>
                <h3 className="font-medium">{title}</h3>
                <p className="text-ink-soft">{text}</p>
              </div>
            </li>
          ))}
        </ol>
      </section>
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
