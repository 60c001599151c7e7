import { useInfiniteQuery } from '@tanstack/react-query';
import { History } from 'lucide-react';
import type { RouteAnswer } from '../../shared/api.ts';
import { callUntil, type ApiError } from '../api.ts';
import { ErrorPanel } from '../shell/error-panel.tsx';
import { Panel } from '../shell/page.tsx';
import { Table, Td, Th } from '../shell/table.tsx';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ProblemIcon } from '../ui/problem-icon.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { durationText, withLocalTimes } from '../ui/time-words.ts';

/** Alerts that have cleared, newest first, of the last 30 days. */
export function AlertHistory() {
  const history = useInfiniteQuery<
    RouteAnswer<'listAlerts'>,
    ApiError,
    RouteAnswer<'listAlerts'>['items'],
    readonly unknown[],
    string | undefined
  >({
    queryKey: ['listAlerts', 'cleared'],
    queryFn: async ({ pageParam, signal }) =>
      callUntil('listAlerts', { query: { state: 'cleared', limit: 50, cursor: pageParam } }, signal),
    initialPageParam: undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    select: ({ pages }) => pages.flatMap(({ items }) => items),
  });
  if (history.error && !history.data) return <ErrorPanel error={history.error} onRetry={() => void history.refetch()} />;
  if (!history.data) return <Skeleton rows={6} />;
  if (history.data.length === 0) {
    return (
      <EmptyState
        icon={<History size={24} aria-hidden />}
        title="No alert has cleared yet."
        text="Alerts that are over stay here for 30 days."
      />
    );
  }
  return (
    <Panel>
      <Table
        label="Alerts that have cleared"
        head={
          <>
            <Th>Alert</Th>
            <Th>Raised</Th>
            <Th>Lasted</Th>
            <Th>Cleared</Th>
            <Th>Acknowledged by</Th>
          </>
        }
      >
        {history.data.map((alert) => (
          <tr key={alert.id}>
            <Td className="min-w-64">
              <span className="flex items-start gap-2">
                <span className="mt-0.5">
                  <ProblemIcon level={alert.severity} />
                </span>
                {withLocalTimes(alert.message)}
              </span>
            </Td>
            <Td>
              <TimeText at={alert.openedAt} />
            </Td>
            <Td className="whitespace-nowrap">
              {durationText(new Date(alert.clearedAt ?? alert.seenAt).getTime() - new Date(alert.openedAt).getTime())}
            </Td>
            <Td>{alert.clearedAt !== null && <TimeText at={alert.clearedAt} />}</Td>
            <Td className="text-ink-soft">{alert.acknowledgedBy ?? '–'}</Td>
          </tr>
        ))}
      </Table>
      {history.hasNextPage && (
        <div className="border-line border-t p-2 text-center">
          <Button size="sm" isBusy={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
            Show older
          </Button>
        </div>
      )}
    </Panel>
  );
}
