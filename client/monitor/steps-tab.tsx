import { CircleAlert, CircleCheck, CircleDot, CircleSlash, SkipForward, type LucideIcon } from 'lucide-react';
import type { MessageView, RerunView, RunStepView } from '../../shared/api/messages.ts';
import type { RunStepOutcome } from '../../shared/status.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { toneText } from '../ui/tone.ts';
import { TimeText } from '../ui/time-text.tsx';
import { durationText } from '../ui/time-words.ts';
import { ErrorText } from './error-text.tsx';
import { outcomeWords } from './status-words.ts';

const icons: Record<RunStepOutcome, LucideIcon> = {
  running: CircleDot,
  completed: CircleCheck,
  stopped: CircleSlash,
  failed: CircleAlert,
  skipped: SkipForward,
};

/** What each attempt did, the newest attempt first. */
export function StepsTab({ message: { steps, reruns, version } }: { message: Pick<MessageView, 'steps' | 'reruns' | 'version'> }) {
  if (steps.length === 0) return <EmptyState title="No step has run yet." text="The message waits for its turn." />;
  const attempts = [...new Set(steps.map((step) => step.attempt))].sort((a, b) => b - a);
  return attempts.map((attempt) => (
    <section key={attempt} aria-label={`Attempt ${attempt}`} className="p-4 pb-0 last:pb-4">
      <h3 className="text-ink-faint mb-2 text-xs font-medium">
        {attempts.length > 1 ? `Attempt ${attempt}` : 'The only attempt'}
        <StartOf steps={steps} attempt={attempt} />
        <span className="font-normal"> · version {versionOf(attempt, reruns, version)}</span>
      </h3>
      {reruns
        .filter((rerun) => rerun.attempt === attempt)
        .map((rerun) => (
          <p key={rerun.at} className="text-ink-soft bg-sunken mb-2 rounded-md px-3 py-1.5 text-xs">
            {rerunText(rerun)}, <TimeText at={rerun.at} />
          </p>
        ))}
      <ol>
        {steps
          .filter((step) => step.attempt === attempt)
          .sort((a, b) => a.position - b.position)
          .map((step) => (
            <Step key={step.position} step={step} />
          ))}
      </ol>
    </section>
  ));
}

/** Which version an attempt ran with: that of the last run again before it. */
function versionOf(attempt: number, reruns: RerunView[], version: number): number {
  const last = reruns.findLast((rerun) => rerun.attempt <= attempt);
  return last?.version ?? reruns[0]?.previousVersion ?? version;
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

function Step({ step }: { step: RunStepView }) {
  const { text, tone } = outcomeWords[step.outcome];
  const Icon = icons[step.outcome];
  const isFailed = step.outcome === 'failed';
  return (
    <li className="group relative flex gap-3 pb-4">
      <span aria-hidden className="bg-line absolute top-5 bottom-0 left-[7.5px] w-px group-last:hidden" />
      <Icon size={16} className={`mt-px shrink-0 ${toneText[tone]}`} aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium">{step.name}</span>
          <span className={isFailed ? 'text-bad font-medium' : 'text-ink-soft'}>{text}</span>
          <span className="text-ink-faint tabular ml-auto text-xs">
            {step.endedAt ? durationText(Date.parse(step.endedAt) - Date.parse(step.startedAt)) : 'running'}
          </span>
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
