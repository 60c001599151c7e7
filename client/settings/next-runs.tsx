import { useParams } from '@tanstack/react-router';
import { ClockAlert } from 'lucide-react';
import { isDueOnDeploy, nextRuns, offsetOf } from '../../shared/schedule-runs.ts';
import type { Schedule } from '../../shared/schedule.ts';
import { useEditor } from '../editor/store.ts';
import { browserZone } from '../time-zones.ts';
import { useNow } from '../ui/use-now.ts';
import { runRows } from './run-rows.ts';

/** When the first poll comes, and the next five runs of this channel: from the same code that schedules them. */
export function NextRuns({ schedule }: { schedule: Schedule }) {
  const now = useNow();
  const { flowId = '' } = useParams({ strict: false });
  const nodeId = useEditor((state) => state.openNodeId) ?? '';
  const own = browserZone();
  const runs = nextRuns(schedule, now, 5, offsetOf({ flowId, nodeId }));
  const rows = runRows(runs, now, schedule.kind === 'once' || schedule.kind === 'interval' ? undefined : schedule.zone, own);
  return (
    <div className="text-ink-soft flex flex-col gap-1.5 text-xs">
      <p>{firstPollText(schedule, now, rows.length > 0)}</p>
      {rows.length > 0 && (
        <>
          <p className="font-medium">Next runs, {own}</p>
          <ol aria-label="Next runs" className="border-line bg-canvas tabular flex flex-col rounded-md border">
            {rows.map(({ at, here, there, changes }) => (
              <li key={at} className="border-line flex flex-col border-t px-2.5 py-1.5 first:border-t-0">
                {changes.map((change) => (
                  <span key={change} className="text-warn flex items-center gap-1.5 pb-1">
                    <ClockAlert size={13} className="shrink-0" aria-hidden />
                    {change}
                  </span>
                ))}
                <time dateTime={at} className="text-ink">
                  {here}
                </time>
                {there !== undefined && (
                  <span className="text-ink-faint">
                    {there} {'zone' in schedule && schedule.zone}
                  </span>
                )}
              </li>
            ))}
          </ol>
          {isShifted(schedule) && (
            <p className="text-ink-faint">
              Each channel has its own moment within the interval, so that mailboxes don’t all sign in at once.
            </p>
          )}
        </>
      )}
    </div>
  );
}

function firstPollText(schedule: Schedule, now: Date, hasRuns: boolean): string {
  if (schedule.kind === 'once') {
    return 'Polls right after Deploy, then never again until Poll now or the next Deploy. A poll that fails is repeated until one completes.';
  }
  if (!hasRuns) return 'No run is left.';
  if (isDueOnDeploy(schedule, now)) return 'The first poll is right after Deploy.';
  if (isShifted(schedule)) return 'The first poll is when these times begin, or right after a Deploy within them.';
  return 'The first poll is at the first of these times, not at Deploy.';
}

function isShifted(schedule: Schedule): boolean {
  return schedule.kind === 'interval' || ('times' in schedule && schedule.times.mode === 'every');
}
