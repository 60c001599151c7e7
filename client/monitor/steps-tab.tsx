import { Link } from '@tanstack/react-router';
import { CircleCheck, CircleDot, CircleSlash, CircleX, SkipForward, type LucideIcon } from 'lucide-react';
import type { MessageView, RerunView, RunStepView } from '../../shared/api/messages.ts';
import type { RunStepOutcome } from '../../shared/status.ts';
import { attemptsOf, spanText, stepsOf, versionOfAttempt } from '../run/path.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { toneText } from '../ui/tone.ts';
import { TimeText } from '../ui/time-text.tsx';
import { ErrorText } from './error-text.tsx';
import { outcomeWords } from './status-words.ts';

const icons: Record<RunStepOutcome, LucideIcon> = {
  running: CircleDot,
  completed: CircleCheck,
  stopped: CircleSlash,
  failed: CircleX,
  skipped: SkipForward,
};

/** What each attempt did, the newest attempt first. */
export function StepsTab({ message }: { message: Pick<MessageView, 'id' | 'flowId' | 'steps' | 'reruns' | 'version'> }) {
  const { steps, reruns } = message;
  if (steps.length === 0) return <EmptyState title="No step has run yet." text="The message waits for its turn." />;
  const attempts = attemptsOf(steps);
  return attempts.map((attempt) => (
    <section key={attempt} aria-label={`Attempt ${attempt}`} className="p-4 pb-0 last:pb-4">
      <h3 className="text-ink-faint mb-2 text-xs font-medium">
        {attempts.length > 1 ? `Attempt ${attempt}` : 'The only attempt'}
        <StartOf steps={steps} attempt={attempt} />
        <span className="font-normal"> · version {versionOfAttempt(attempt, message)}</span>
        <Link
          to="/flows/$flowId"
          params={{ flowId: message.flowId }}
          search={{ run: message.id, attempt }}
          className="text-accent ml-2 font-normal hover:underline"
        >
          Show on the canvas
        </Link>
      </h3>
      {reruns
        .filter((rerun) => rerun.attempt === attempt)
        .map((rerun) => (
          <p key={rerun.at} className="text-ink-soft bg-sunken mb-2 rounded-md px-3 py-1.5 text-xs">
            {rerunText(rerun)}, <TimeText at={rerun.at} />
          </p>
        ))}
      <ol>
        {stepsOf(steps, attempt).map((step) => (
          <Step key={step.position} step={step} />
        ))}
      </ol>
    </section>
  ));
}

function rerunText({ from, by, version, previousVersion }: RerunView): string {
  const place = from === 'start' ? 'from the start, so that every receiver was called again' : 'at the failed step';
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

function Step({ step }: { step: RunStepView }) {
  const { text } = outcomeWords[step.outcome];
  const isFailed = step.outcome === 'failed';
  return (
    <li className="group relative flex gap-3 pb-4">
      <span aria-hidden className="bg-line absolute top-5 bottom-0 left-[7.5px] w-px group-last:hidden" />
      <OutcomeIcon outcome={step.outcome} />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium">{step.name}</span>
          <span className={isFailed ? 'text-bad font-medium' : 'text-ink-soft'}>{text}</span>
          <span className="text-ink-faint tabular ml-auto text-xs">{spanText(step)}</span>
        </p>
        {step.summary && <p className="text-ink-soft break-words">{step.summary}</p>}
        {step.idempotencyKey && (
          <p className="text-ink-faint text-xs break-all">
            Idempotency-Key <code className="font-mono">{step.idempotencyKey}</code>
          </p>
        )}
        {step.error && <ErrorText error={step.error} className="bg-bad-soft mt-1.5 rounded-md px-3 py-2" />}
      </div>
    </li>
  );
}
