import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { PollView } from '../../shared/api/polls.ts';
import { pollResults, type PollResult } from '../../shared/status.ts';
import { call, useRoute } from '../api.ts';
import { ErrorPanel } from '../shell/error-panel.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { Table, Td, Th } from '../shell/table.tsx';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Select } from '../ui/select.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { StatusDot } from '../ui/status-dot.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { durationText, withLocalTimes } from '../ui/time-words.ts';
import { ChannelOffers } from './channel-offers.tsx';
import { ErrorText } from './error-text.tsx';
import type { PollFilters } from './poll-filters.ts';
import { pollText } from './poll-words.ts';
import { pollWords } from './status-words.ts';

/** Each visit to a mailbox, with what it found or why it failed. */
export function PollsPage() {
  const filters = useSearch({ from: '/inside/monitor/polls' });
  const navigate = useNavigate();
  const flows = useRoute('listFlows', {});
  const names = Object.fromEntries(flows.data?.items.map(({ id, name }) => [id, name]) ?? []);
  const polls = useInfiniteQuery({
    queryKey: ['listPolls', filters, 'pages'],
    queryFn: async ({ pageParam }) =>
      call('listPolls', { query: { flowId: filters.flow, result: filters.result, limit: 50, cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  const deployments = useRoute('listDeployments', {});
  const followed = deployments.data?.items.filter(({ flowId }) => !filters.flow || flowId === filters.flow) ?? [];
  const rows = polls.data?.pages.flatMap((page) => page.items);
  const narrow = (change: Partial<PollFilters>) =>
    void navigate({ to: '.', search: (current: PollFilters) => ({ ...current, ...change }), replace: true });
  return (
    <Page
      title="Polls"
      intro="Each visit to a mailbox, newest first."
      actions={
        <>
          <Select
            aria-label="Flow"
            value={filters.flow ?? ''}
            onChange={(flow) => narrow({ flow: flow || undefined })}
            options={{ '': 'All flows', ...names }}
            className="w-44!"
          />
          <Select
            aria-label="Result"
            value={filters.result ?? ''}
            onChange={(result: PollResult | '') => narrow({ result: result || undefined })}
            options={{ '': 'Every result', ...Object.fromEntries(pollResults.map((result) => [result, pollWords[result].text])) }}
            className="w-36!"
          />
        </>
      }
    >
      {followed.flatMap(({ flowId, flowName, channels }) =>
        channels.map((channel) => <ChannelOffers key={channel.id} channel={channel} flowId={flowId} flowName={flowName} />),
      )}
      {!rows && polls.error && <ErrorPanel error={polls.error} onRetry={() => void polls.refetch()} />}
      {!rows && !polls.error && <Skeleton rows={8} />}
      {rows?.length === 0 && (
        <EmptyState
          title={filters.flow || filters.result ? 'No poll matches these filters.' : 'No mailbox has been visited yet.'}
          text="A deployed flow visits its mailboxes on their schedule."
        />
      )}
      {rows && rows.length > 0 && (
        <Panel>
          <Table
            label="Polls"
            head={
              <>
                <Th>Result</Th>
                <Th>Started</Th>
                <Th>Flow</Th>
                <Th className="w-full">What happened</Th>
                <Th className="text-right!">Duration</Th>
              </>
            }
          >
            {rows.map((poll) => (
              <PollRow key={poll.id} poll={poll} flowName={names[poll.flowId] ?? 'deleted flow'} />
            ))}
          </Table>
        </Panel>
      )}
      {polls.hasNextPage && (
        <div className="flex justify-center">
          <Button isBusy={polls.isFetchingNextPage} onClick={() => void polls.fetchNextPage()}>
            Load more
          </Button>
        </div>
      )}
    </Page>
  );
}

function PollRow({ poll, flowName }: { poll: PollView; flowName: string }) {
  const { text, tone } = pollWords[poll.result];
  return (
    <tr>
      <Td className="py-2! align-top whitespace-nowrap">
        <span className="inline-flex items-center gap-1.5">
          <StatusDot tone={tone} isPulsing={poll.result === 'running'} />
          {text}
        </span>
      </Td>
      <Td className="text-ink-soft py-2! align-top">
        <TimeText at={poll.startedAt} />
      </Td>
      <Td className="max-w-40 truncate py-2! align-top">{flowName}</Td>
      <Td className="min-w-64 py-2! align-top">
        {poll.error ? (
          <>
            <ErrorText error={poll.error} isQuiet={poll.result === 'skipped'} isWarning={poll.result === 'paused'} />
            {poll.taken > 0 && <p className="text-ink-soft mt-1">{pollText(poll)}</p>}
          </>
        ) : (
          <span className="text-ink-soft">{pollText(poll)}</span>
        )}
        {poll.notes.map((note) => (
          <p key={note} className="text-ink-soft break-words">
            {withLocalTimes(note)}
          </p>
        ))}
      </Td>
      <Td className="text-ink-soft tabular py-2! text-right align-top whitespace-nowrap">
        {poll.endedAt ? durationText(Date.parse(poll.endedAt) - Date.parse(poll.startedAt)) : '–'}
      </Td>
    </tr>
  );
}
