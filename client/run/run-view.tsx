import { Link, useNavigate } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { FlowView } from '../../shared/api/flows.ts';
import type { MessageView } from '../../shared/api/messages.ts';
import { useRoute } from '../api.ts';
import { DrawnFlow } from '../editor/drawn-flow.tsx';
import { MessageStatusBadge } from '../monitor/message-status.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Select } from '../ui/select.tsx';
import { absoluteTime } from '../ui/time-words.ts';
import { attemptsOf, pathMarks, stepsOf, versionOfAttempt } from './path.ts';
import { StepList } from './step-list.tsx';

/** The way of one message, on the drawing of the version it ran with. `latest`: the newest message of the flow. */
export function RunView({ flow, run, attempt }: { flow: FlowView; run: string; attempt: number | undefined }) {
  const newest = useRoute('listMessages', { query: { flowId: flow.id, limit: newestShown } });
  const messageId = run === 'latest' ? newest.data?.items[0]?.id : run;
  const choices = Object.fromEntries(
    (newest.data?.items ?? []).map(({ id, subject, receivedAt }) => [
      id,
      `${absoluteTime(new Date(receivedAt)).local} · ${(subject || '(no subject)').slice(0, 60)}`,
    ]),
  );
  return (
    <section aria-label="Way of a message" className="flex min-h-0 min-w-0 flex-1 flex-col">
      {messageId === undefined ? (
        <>
          <RunBar flowId={flow.id} />
          <Loaded query={newest}>
            {() => <EmptyState title="This flow has no message yet." text="Its way is drawn here when a mail has come." />}
          </Loaded>
        </>
      ) : (
        <ShownRun key={messageId} flow={flow} messageId={messageId} attempt={attempt} choices={choices} />
      )}
    </section>
  );
}

/** How many messages there are to choose from; others are found in the log. */
const newestShown = 20;

function ShownRun({
  flow,
  messageId,
  attempt,
  choices,
}: {
  flow: FlowView;
  messageId: string;
  attempt: number | undefined;
  choices: Record<string, string>;
}) {
  const message = useRoute('getMessage', { params: { id: messageId } });
  const newest = attemptsOf(message.data?.steps ?? [])[0];
  return (
    <>
      <RunBar flowId={flow.id} message={message.data} attempt={attempt ?? newest} choices={choices} />
      <Loaded query={message}>
        {(loaded) => {
          if (loaded.flowId !== flow.id)
            return <EmptyState title="This message is of another flow." text={`It went through ${loaded.flowName}.`} />;
          const shown = attempt ?? newest;
          if (shown === undefined) return <EmptyState title="No step has run yet." text="The message waits for its turn." />;
          return <Path key={shown} message={loaded} attempt={shown} />;
        }}
      </Loaded>
    </>
  );
}

function Path({ message, attempt }: { message: MessageView; attempt: number }) {
  const version = versionOfAttempt(attempt, message);
  const drawing = useRoute('getVersion', { params: { id: message.flowId, version } });
  const steps = useMemo(() => stepsOf(message.steps, attempt), [message.steps, attempt]);
  // What is looked for when something failed is where.
  const [selectedId, setSelectedId] = useState<string | null>(() => steps.find(({ outcome }) => outcome === 'failed')?.nodeId ?? null);
  const marks = useMemo(() => drawing.data && pathMarks(drawing.data.document, steps), [drawing.data, steps]);
  return (
    <div className="flex min-h-0 flex-1 max-md:flex-col">
      <div className="relative min-h-0 min-w-0 flex-1">
        <Loaded query={drawing}>
          {({ document }) => marks && <DrawnFlow document={document} marks={marks} selectedId={selectedId} onSelect={setSelectedId} />}
        </Loaded>
      </div>
      <StepList message={message} steps={steps} selectedId={selectedId} onSelect={setSelectedId} />
    </div>
  );
}

function RunBar({
  flowId,
  message,
  attempt,
  choices = {},
}: {
  flowId: string;
  message?: MessageView | undefined;
  attempt?: number | undefined;
  choices?: Record<string, string>;
}) {
  const navigate = useNavigate();
  const show = (search: { run?: string; attempt?: number }) =>
    void navigate({ to: '/flows/$flowId', params: { flowId }, search, replace: search.run !== undefined });
  const attempts = attemptsOf(message?.steps ?? []);
  return (
    <div className="border-line bg-surface flex flex-wrap items-center gap-2 border-b px-3 py-1.5">
      <Button size="sm" variant="ghost" icon={<ArrowLeft size={14} aria-hidden />} onClick={() => show({})}>
        Back to the drawing
      </Button>
      {message && (
        <>
          <Select
            size="sm"
            aria-label="Message"
            className="w-80 max-w-full"
            value={message.id}
            options={{ ...choices, [message.id]: choices[message.id] ?? (message.subject || '(no subject)') }}
            onChange={(id) => show({ run: id })}
          />
          <MessageStatusBadge status={message.status} isHeld={message.isHeld} />
          {attempts.length > 1 && attempt !== undefined && (
            <Select
              size="sm"
              aria-label="Attempt"
              className="w-36"
              value={`a${attempt}`}
              options={Object.fromEntries(attempts.map((one) => [`a${one}`, `Attempt ${one} of ${attempts[0]}`]))}
              onChange={(next) => show({ run: message.id, attempt: Number(next.slice(1)) })}
            />
          )}
          <span className="text-ink-soft tabular text-xs">{attempt !== undefined && `Version ${versionOfAttempt(attempt, message)}`}</span>
          <span className="flex-1" />
          <Link to="/monitor/messages/$messageId" params={{ messageId: message.id }} className="text-accent text-xs hover:underline">
            Open in the log
          </Link>
        </>
      )}
    </div>
  );
}
