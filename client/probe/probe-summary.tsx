import { durationText } from '../ui/time-words.ts';
import { Spinner } from '../ui/spinner.tsx';
import { stageTitles } from './stage-lines.tsx';
import type { ProbeStageName } from '../../shared/probe.ts';
import type { Probe } from './use-probe.ts';

/** Where the connection test stands, in one sentence that is also spoken. */
export function ProbeSummary({
  probe: { stages, isRunning, failure },
  last = 'postProcessing',
}: {
  probe: Pick<Probe, 'stages' | 'isRunning' | 'failure'>;
  /** With this stage the test has come to its end. */
  last?: ProbeStageName;
}) {
  const running = stages.find(({ state }) => state === 'running');
  const failed = stages.find(({ state }) => state === 'failed');
  const warnings = stages.filter(({ state }) => state === 'warning').length;
  const tookMs = stages.reduce((sum, { durationMs = 0 }) => sum + durationMs, 0);
  const isComplete = stages.some(({ stage }) => stage === last);
  return (
    <output aria-label="Connection test" className="block text-xs empty:hidden">
      {isRunning && (
        <p className="text-ink-soft mt-2 flex items-center gap-2">
          <Spinner size={13} /> {running?.sentence ?? 'Testing the connection…'}
        </p>
      )}
      {!isRunning && failure && (
        <p className="mt-2">
          <span className="text-bad">{failure.message}</span> <span className="text-ink-soft">{failure.remedy}</span>
        </p>
      )}
      {!isRunning && failed && (
        <p className="mt-2 line-clamp-2 [overflow-wrap:anywhere]">
          <span className="text-bad font-medium">Stopped at {stageTitles[failed.stage]}.</span>{' '}
          <span className="text-ink-soft">{failed.sentence}</span>
        </p>
      )}
      {!isRunning && !failure && !failed && isComplete && (
        <p className="text-good mt-2">
          The connection works: {stages.length} stages in {durationText(tookMs)}
          {warnings > 0 && `, ${warnings} with a warning`}.
        </p>
      )}
    </output>
  );
}
