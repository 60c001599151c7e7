import { useMutation } from '@tanstack/react-query';
import { Check, ShieldCheck, TriangleAlert } from 'lucide-react';
import type { AlertView } from '../../shared/alert-schemas.ts';
import type { RouteAnswer } from '../../shared/api.ts';
import { call } from '../api.ts';
import { useWhyNot } from '../may.ts';
import { ErrorText } from '../monitor/error-text.tsx';
import { Panel } from '../shell/page.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ProblemIcon } from '../ui/problem-icon.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { withLocalTimes } from '../ui/time-words.ts';
import { useNow } from '../ui/use-now.ts';
import { AlertPlaces } from './alert-places.tsx';

/** The watchdog looks every few seconds; after this nobody has looked. */
const staleMs = 60_000;

/** What is wrong now: those that nobody cares for yet first. */
export function OpenAlerts({ answer: { items, checkedAt } }: { answer: RouteAnswer<'listAlerts'> }) {
  const now = useNow();
  const isStale = checkedAt === null || now.getTime() - new Date(checkedAt).getTime() > staleMs;
  return (
    <div className="flex flex-col gap-3">
      {isStale && (
        <p role="alert" className="bg-warn-soft flex items-start gap-2 rounded-md px-3 py-2">
          <TriangleAlert size={15} className="text-warn mt-0.5 shrink-0" aria-hidden />
          <span>
            Nobody has looked {checkedAt === null ? 'yet' : <>since {<TimeText at={checkedAt} />}</>}: what you see may be old. Each
            Mailroom process looks every few seconds; see their logs.
          </span>
        </p>
      )}
      {items.length > 0 && (
        <Panel label="Open alerts">
          <ul className="divide-line divide-y">
            {items.map((alert) => (
              <OpenAlert key={alert.id} alert={alert} />
            ))}
          </ul>
        </Panel>
      )}
      {items.length === 0 && !isStale && (
        <EmptyState
          icon={<ShieldCheck size={24} className="text-good" aria-hidden />}
          title="Nothing is wrong."
          text={
            <>
              Channels, messages, workers, credentials and certificates were checked <TimeText at={checkedAt} />.
            </>
          }
        />
      )}
    </div>
  );
}

function OpenAlert({ alert }: { alert: AlertView }) {
  const acknowledge = useMutation({
    mutationFn: async () => call('acknowledgeAlert', { params: { id: alert.id } }),
    onSettled: async () => queryClient.invalidateQueries({ queryKey: ['listAlerts'] }),
  });
  const whyNot = useWhyNot('operate');
  const { severity, message, remedy, error, openedAt, acknowledgedAt, acknowledgedBy, returns } = alert;
  return (
    <li className="flex flex-wrap items-start gap-x-6 gap-y-3 px-4 py-3">
      <div className="flex min-w-0 flex-1 basis-80 items-start gap-2.5">
        <span className="mt-0.5">
          <ProblemIcon level={severity} size={16} />
        </span>
        <div className="min-w-0">
          <p className="font-medium break-words">{withLocalTimes(message)}</p>
          <p className="text-ink-soft break-words">{remedy}</p>
          <p className="text-ink-faint mt-1 text-xs">
            since <TimeText at={openedAt} />
            {returns > 0 && ` · it has come back ${returns === 1 ? 'once' : `${returns} times`}`}
            {acknowledgedAt !== null && (
              <>
                {' · '}
                {acknowledgedBy} has taken care of it <TimeText at={acknowledgedAt} />
              </>
            )}
          </p>
          {error && <ErrorText error={error} isQuiet className="mt-2" />}
        </div>
      </div>
      <div className="flex flex-wrap gap-2">
        <AlertPlaces alert={alert} />
        {acknowledgedAt === null && (
          <Button
            size="sm"
            icon={<Check size={13} aria-hidden />}
            isBusy={acknowledge.isPending}
            whyNot={whyNot}
            onClick={() => acknowledge.mutate()}
            title="Say that you take care of it: nobody is reminded any more."
          >
            Acknowledge
          </Button>
        )}
      </div>
    </li>
  );
}
