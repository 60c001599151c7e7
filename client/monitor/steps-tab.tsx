import { Link } from '@tanstack/react-router';
import { useState, type ComponentPropsWithRef } from 'react';
import { CircleCheck, CircleDashed, CircleDot, CircleSlash, CircleX, SkipForward, type LucideIcon } from 'lucide-react';
import type { MessageView, RerunView, RunStepView } from '../../shared/api/messages.ts';
import type { RunStepOutcome } from '../../shared/status.ts';
import { plainText } from '../../shared/plain-text.ts';
import { useMay } from '../may.ts';
import { attemptsOf, spanText, stepsOf, versionOfAttempt } from '../run/path.ts';
import { StepMessage } from '../run/step-message.tsx';
import { timelineOf, type Bar } from '../run/timeline.ts';
import { classNames } from '../ui/class-names.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { toneText, type Tone } from '../ui/tone.ts';
import { useNow } from '../ui/use-now.ts';
import { ErrorText } from './error-text.tsx';
import { asItEnded } from './as-it-ended.ts';
import { RunFromStepDialog } from './run-from-step-dialog.tsx';
import { outcomeWords } from './status-words.ts';

const icons: Record<RunStepOutcome, LucideIcon> = {
  running: CircleDot,
  completed: CircleCheck,
  stopped: CircleSlash,
  failed: CircleX,
  skipped: SkipForward,
};

/** What each attempt did, on a time axis of its own, the newest attempt first. */
export function StepsTab({ message }: { message: MessageView }) {
  const { steps } = message;
  const attempts = attemptsOf(steps);
  if (attempts.length === 0 && message.nextAttemptAt === null)
    return <EmptyState title="No step has run yet." text="The message waits for its turn." />;
  return (
    <>
      <NextAttempt message={message} />
      {attempts.map((attempt) => (
        <Attempt key={attempt} message={message} attempt={attempt} isOnly={attempts.length === 1} />
      ))}
    </>
  );
}

/** What has not happened yet stands where it will. */
function NextAttempt({ message: { status, attempts, nextAttemptAt } }: { message: MessageView }) {
  if (status !== 'RETRY' || nextAttemptAt === null) return null;
  return (
    <p className="text-warn mx-4 mt-4 flex items-center gap-3 font-medium">
      <CircleDashed size={16} className="shrink-0" aria-hidden />
      <span>
        Attempt {attempts} begins <TimeText at={nextAttemptAt} />
      </span>
    </p>
  );
}

function Attempt({ message, attempt, isOnly }: { message: MessageView; attempt: number; isOnly: boolean }) {
  const { reruns, flowId, id } = message;
  const steps = stepsOf(message.steps, attempt);
  const isRunning = steps.some(({ endedAt }) => endedAt === null);
  const now = useNow();
  const { bars, ticks } = timelineOf(steps, isRunning ? now.getTime() : 0);
  return (
    <section aria-label={`Attempt ${attempt}`} className="p-4 pb-0 last:pb-4">
      <h3 className="text-ink-faint mb-2 text-xs font-medium">
        {isOnly ? 'The only attempt' : `Attempt ${attempt}`}
        <StartOf steps={steps} attempt={attempt} />
        <span className="font-normal"> · version {versionOfAttempt(attempt, message)}</span>
        <Link
          to="/flows/$flowId"
          params={{ flowId }}
          search={{ run: id, attempt }}
          className="text-accent ml-2 font-normal hover:underline"
        >
          Show on the canvas
        </Link>
      </h3>
      {reruns
        .filter((rerun) => rerun.attempt === attempt)
        .map((rerun) => (
          <p key={rerun.at} className="text-ink-soft bg-sunken mb-2 rounded-md px-3 py-1.5 text-xs">
            {rerunText(rerun, message.steps)}, <TimeText at={rerun.at} />
          </p>
        ))}
      <p aria-hidden className="text-ink-faint tabular border-line mb-2 ml-7 flex justify-between border-b pb-0.5 text-xs">
        {ticks.map((tick, place) => (
          <span key={['from', 'half', 'to'][place]}>{tick}</span>
        ))}
      </p>
      <ol>
        {steps.map((step) => (
          <Step key={step.position} message={message} step={step} bar={bars.get(step.position)} />
        ))}
      </ol>
    </section>
  );
}

function rerunText({ from, nodeId, by, version, previousVersion }: RerunView, steps: RunStepView[]): string {
  const step = steps.find((candidate) => candidate.nodeId === nodeId)?.name ?? nodeId;
  const places = {
    start: 'from the start, so that every receiver was called again',
    failed: 'at the failed step',
    step: `from ${step}, so that the receivers behind it were called again`,
  };
  const place = places[from];
  return `Run again ${place}${version === previousVersion ? '' : `, on version ${version} instead of ${previousVersion}`}, by ${by}`;
}

function StartOf({ steps, attempt }: { steps: RunStepView[]; attempt: number }) {
  const first = steps.find((step) => step.attempt === attempt);
  if (!first) return null;
  return (
    <span className="font-normal">
      {' · '}
      <TimeText at={first.startedAt} />
    </span>
  );
}

export function OutcomeIcon({ outcome }: { outcome: RunStepOutcome }) {
  const Icon = icons[outcome];
  return <Icon size={16} className={`mt-px shrink-0 ${toneText[outcomeWords[outcome].tone]}`} aria-hidden />;
}

function Step({ message, step, bar }: { message: MessageView; step: RunStepView; bar: Bar | undefined }) {
  const [isOpen, setIsOpen] = useState(false);
  const [isAsked, setIsAsked] = useState(false);
  const maySee = useMay('payload');
  const canRerun = useMay('operate') && message.endedAt !== null && message.status !== 'ABANDONED';
  const { text, tone } = outcomeWords[step.outcome];
  const isFailed = step.outcome === 'failed';
  return (
    <li className="group relative flex gap-3 pb-3">
      <span aria-hidden className="bg-line absolute top-5 bottom-0 left-[7.5px] w-px group-last:hidden" />
      <OutcomeIcon outcome={step.outcome} />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className={isFailed ? 'text-bad font-semibold' : 'font-medium'}>{step.name}</span>
          <span className={isFailed ? 'text-bad font-medium' : 'text-ink-soft'}>{text}</span>
          <span className="text-ink-faint tabular ml-auto text-xs">{spanText(step)}</span>
        </p>
        {bar && (
          <div aria-hidden className="bg-sunken my-1 h-1.5 overflow-hidden rounded-full">
            <div
              className={classNames('h-full rounded-full', barFill[tone])}
              style={{ marginLeft: `${bar.start}%`, width: `${bar.width}%` }}
            />
          </div>
        )}
        {step.summary && <p className="text-ink-soft break-words">{plainText(step.summary)}</p>}
        {step.idempotencyKey && (
          <p className="text-ink-faint text-xs break-all">
            Idempotency-Key <code className="font-mono">{step.idempotencyKey}</code>
          </p>
        )}
        {step.error && (
          <ErrorText error={asItEnded(step.error, message, step.attempt)} className="bg-bad-soft mt-1.5 rounded-md px-3 py-2" />
        )}
        {step.outcome !== 'running' && (
          <p className="mt-0.5 flex gap-4 text-xs">
            {maySee && (
              <StepButton
                text={isOpen ? 'Hide the message' : 'The message here'}
                step={step}
                aria-expanded={isOpen}
                onClick={() => setIsOpen(!isOpen)}
              />
            )}
            {canRerun && <StepButton text="Run again from here…" step={step} onClick={() => setIsAsked(true)} />}
          </p>
        )}
        <RunFromStepDialog messageId={message.id} step={step} isOpen={isAsked} onClose={() => setIsAsked(false)} />
        {isOpen && (
          <div className="border-line mt-1.5 rounded-md border p-3">
            <StepMessage message={message} step={step} />
          </div>
        )}
      </div>
    </li>
  );
}

/** One of several with the same text: its name says which step it is about. */
function StepButton({ text, step, ...rest }: { text: string; step: RunStepView } & ComponentPropsWithRef<'button'>) {
  return (
    <button {...rest} type="button" aria-label={`${text}, ${step.name}`} className="text-accent hover:underline">
      {text}
    </button>
  );
}

const barFill: Record<Tone, string> = {
  neutral: 'bg-ink-faint',
  accent: 'bg-accent',
  good: 'bg-good',
  warn: 'bg-warn',
  bad: 'bg-bad',
  info: 'bg-info',
};
