import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { ChannelView } from '../../shared/api/flows.ts';
import type { PollSumsView, PollView } from '../../shared/api/polls.ts';
import { pollResults } from '../../shared/status.ts';
import { call, useRoute } from '../api.ts';
import { ErrorPanel } from '../shell/error-panel.tsx';
import { Panel } from '../shell/page.tsx';
import { Table, Td, Th } from '../shell/table.tsx';
import { Button } from '../ui/button.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { StatusDot } from '../ui/status-dot.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { durationText, sizeText, withLocalTimes } from '../ui/time-words.ts';
import { ErrorText } from './error-text.tsx';
import { messagesSearch } from './message-links.ts';
import { pollWords } from './status-words.ts';

const dayMs = 24 * 60 * 60_000;
const pageSize = 25;

/** Every poll of the last day: what it found, what it took, how long it took and why it failed. */
export function PollingInformation({ channel, flowId }: { channel: Pick<ChannelView, 'id' | 'name'>; flowId: string }) {
  // Of the moment the page was opened, so that the list does not lose rows while it is read.
  const [from] = useState(() => new Date(Date.now() - dayMs).toISOString());
  const sums = useRoute('getPollSums', { params: { id: channel.id }, query: { from } });
  const polls = useInfiniteQuery({
    queryKey: ['listPolls', channel.id, from, 'pages'],
    queryFn: async ({ pageParam }) => call('listPolls', { query: { channelId: channel.id, from, limit: pageSize, cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  const rows = polls.data?.pages.flatMap((page) => page.items);
  return (
    <Panel label={`Polling Information of ${channel.name}`}>
      <div className="border-line border-b px-4 py-2.5">
        <h2 className="font-semibold">Polling Information</h2>
        <p className="text-ink-soft">{sums.data ? sumsText(sums.data) : 'Polls of the last day'}</p>
        <p className="text-ink-faint text-xs">
          “Set aside” are mails that could not be taken in and lie in Quarantine. A mail whose flow fails later is counted as taken; follow
          the number under “Taken” to its messages.
        </p>
      </div>
      {!rows && polls.error && <ErrorPanel error={polls.error} onRetry={() => void polls.refetch()} />}
      {!rows && !polls.error && <Skeleton rows={4} />}
      {rows?.length === 0 && <p className="text-ink-soft px-4 py-3">The mailbox was not visited within the last day.</p>}
      {rows && rows.length > 0 && (
        <Table
          label={`Polls of ${channel.name}`}
          head={
            <>
              <Th>When</Th>
              <Th>Result</Th>
              <Th className="text-right!">Seen</Th>
              <Th className="text-right!">Taken</Th>
              <Th className="text-right!">Known</Th>
              <Th className="text-right!">Read elsewhere</Th>
              <Th className="text-right!">Set aside</Th>
              <Th className="text-right!">Bytes</Th>
              <Th className="text-right!">Duration</Th>
              <Th className="w-full">Error, notes</Th>
            </>
          }
        >
          {rows.map((poll) => (
            <PollLine key={poll.id} poll={poll} flowId={flowId} />
          ))}
        </Table>
      )}
      {polls.hasNextPage && (
        <div className="border-line flex justify-center border-t py-2">
          <Button size="sm" isBusy={polls.isFetchingNextPage} onClick={() => void polls.fetchNextPage()}>
            Load more
          </Button>
        </div>
      )}
    </Panel>
  );
}

/** "1,440 polls within the last day: 1,438 completed, 2 failed · 37 mails taken in, 4.2 MB · longest 3.1 s" */
function sumsText({ polls, taken, quarantined, bytes, longestMs }: PollSumsView): string {
  const count = pollResults.reduce((sum, result) => sum + (polls[result] ?? 0), 0);
  const results = pollResults
    .filter((result) => (polls[result] ?? 0) > 0)
    .map((result) => `${(polls[result] ?? 0).toLocaleString()} ${pollWords[result].text.toLowerCase()}`);
  const parts = [
    `${count.toLocaleString()} ${count === 1 ? 'poll' : 'polls'} within the last day${count > 0 ? `: ${results.join(', ')}` : ''}`,
    count > 0 && `${taken.toLocaleString()} ${taken === 1 ? 'mail' : 'mails'} taken in, ${sizeText(bytes)}`,
    quarantined > 0 && `${quarantined.toLocaleString()} set aside`,
    longestMs !== null && `longest ${durationText(longestMs)}`,
  ];
  return parts.filter((part) => part !== false).join(' · ');
}

function PollLine({ poll, flowId }: { poll: PollView; flowId: string }) {
  const { text, tone } = pollWords[poll.result];
  const { startedAt, endedAt, listed, known, taken, quarantined, readElsewhere, bytes, error, notes } = poll;
  return (
    <tr>
      <Td className="text-ink-soft py-2! align-top">
        <TimeText at={startedAt} />
      </Td>
      <Td className="py-2! align-top whitespace-nowrap">
        <span className="inline-flex items-center gap-1.5">
          <StatusDot tone={tone} isPulsing={poll.result === 'running'} />
          {text}
        </span>
      </Td>
      <Count>{listed.toLocaleString()}</Count>
      <Count>
        {taken === 0 ? (
          '0'
        ) : (
          <Link
            to="/monitor/messages"
            search={messagesSearch({ flowId, from: startedAt, ...(endedAt && { to: secondAfter(endedAt) }) })}
            className="text-accent inline-block min-w-6 hover:underline"
          >
            {taken.toLocaleString()}
          </Link>
        )}
      </Count>
      <Count>{known.toLocaleString()}</Count>
      <Count>{readElsewhere.toLocaleString()}</Count>
      <Count>{quarantined.toLocaleString()}</Count>
      <Count>{sizeText(bytes)}</Count>
      <Count>{endedAt ? durationText(Date.parse(endedAt) - Date.parse(startedAt)) : '–'}</Count>
      <Td className="min-w-72 py-2! align-top">
        {error && <ErrorText error={error} isQuiet={poll.result === 'skipped'} isWarning={poll.result === 'paused'} />}
        {notes.map((note) => (
          <p key={note} className="text-ink-soft break-words">
            {withLocalTimes(note)}
          </p>
        ))}
      </Td>
    </tr>
  );
}

function Count({ children }: { children: React.ReactNode }) {
  return <Td className="text-ink-soft tabular py-2! text-right align-top whitespace-nowrap">{children}</Td>;
}

/** Messages are dated by the database's clock, and the span they are looked for in ends before `to`. */
function secondAfter(time: string): string {
  return new Date(Date.parse(time) + 1_000).toISOString();
}
