import { CircleAlert, CircleCheck, TriangleAlert, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ProbeStage, ProbeStageName } from '../../shared/probe.ts';
import { classNames } from '../ui/class-names.ts';
import { Spinner } from '../ui/spinner.tsx';
import { durationText } from '../ui/time-words.ts';

export const stageTitles: Record<ProbeStageName, string> = {
  resolve: 'Name',
  connect: 'Connection',
  protect: 'Encryption',
  greeting: 'Greeting',
  capabilities: 'Capabilities',
  mechanism: 'Mechanism',
  signIn: 'Sign-in',
  folders: 'Folders',
  counts: 'Mails',
  preview: 'Next mails',
  postProcessing: 'Post-processing',
  answer: 'Answer',
};

/** Stages of the connection test as they happen, each with what was found and how long it took. */
export function StageLines({ stages, renderBelow }: { stages: ProbeStage[]; renderBelow?: (stage: ProbeStage) => ReactNode }) {
  return (
    <ol className="flex flex-col gap-1.5">
      {stages.map((stage) => (
        <li key={stage.stage} className="flex gap-2 text-xs">
          <StageIcon state={stage.state} />
          <div className="min-w-0 flex-1">
            <p className="flex items-baseline gap-2">
              <span className="text-ink-faint w-24 shrink-0">{stageTitles[stage.stage]}</span>
              {/* A failure is long: it gets the whole width, below. */}
              <span className="min-w-0 flex-1 break-words">{stage.state !== 'failed' && stage.sentence}</span>
              {stage.durationMs !== undefined && (
                <span className="text-ink-faint tabular shrink-0 whitespace-nowrap">{durationText(stage.durationMs)}</span>
              )}
            </p>
            {stage.state === 'failed' && <Failure stage={stage} />}
            {renderBelow?.(stage)}
          </div>
        </li>
      ))}
    </ol>
  );
}

function Failure({ stage: { sentence, error } }: { stage: ProbeStage }) {
  return (
    <div className="mt-0.5 [overflow-wrap:anywhere]">
      <p className="text-bad">{sentence}</p>
      {error && <p className="text-ink-soft mt-0.5">{error.remedy}</p>}
      {error?.details !== undefined && (
        <details className="mt-0.5">
          <summary className="text-ink-faint hover:text-ink w-fit cursor-pointer rounded-sm">Technical details</summary>
          <p className="text-ink-soft mt-0.5 font-mono">{error.details.slice(0, 500)}</p>
        </details>
      )}
    </div>
  );
}

const icons: Record<Exclude<ProbeStage['state'], 'running'>, { Icon: LucideIcon; tone: string; word: string }> = {
  done: { Icon: CircleCheck, tone: 'text-good', word: 'Done' },
  warning: { Icon: TriangleAlert, tone: 'text-warn', word: 'Warning' },
  failed: { Icon: CircleAlert, tone: 'text-bad', word: 'Failed' },
};

function StageIcon({ state }: { state: ProbeStage['state'] }) {
  if (state === 'running') return <Spinner size={13} className="text-ink-faint mt-0.5" label="Running" />;
  const { Icon, tone, word } = icons[state];
  return (
    <span className={classNames('mt-px shrink-0', tone)}>
      <Icon size={14} aria-hidden />
      <span className="sr-only">{word}</span>
    </span>
  );
}
