import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ArrowUp } from 'lucide-react';
import { useRef, useState } from 'react';
import type { MessageSummary } from '../../shared/api.ts';
import { call } from '../api.ts';
import { ErrorPanel } from '../shell/error-panel.tsx';
import { Td, Th } from '../shell/table.tsx';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Skeleton } from '../ui/skeleton.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { durationText, sizeText } from '../ui/time-words.ts';
import { messageQuery, type MessageFilters } from './message-filters.ts';
import { MessageStatusBadge } from './message-status.tsx';
import { NoMessages } from './no-messages.tsx';
import { splitNewRows } from './new-rows.ts';

/** The live list. While the pointer is over it or it is scrolled down, new messages wait behind a pill instead of moving the rows. */
export function MessageList({ filters }: { filters: MessageFilters }) {
  const list = useInfiniteQuery({
    queryKey: ['listMessages', filters, 'pages'],
    queryFn: async ({ pageParam }) => call('listMessages', { query: { ...messageQuery(filters), limit: 50, cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  const scroller = useRef<HTMLElement>(null);
  const isUnderPointer = useRef(false);
  /** Ids of the rows on the screen when they were first held still. */
  const [held, setHeld] = useState<ReadonlySet<string>>();

  if (!list.data) {
    if (list.error) return <ErrorPanel error={list.error} onRetry={() => void list.refetch()} />;
    return <Skeleton rows={10} className="px-6!" />;
  }
  const rows = list.data.pages.flatMap((page) => page.items);
  if (rows.length === 0) return <NoMessages filters={filters} />;
  const { shown, waiting } = splitNewRows(rows, held ?? new Set());
  const hold = () => setHeld((ids) => ids ?? new Set(rows.map((row) => row.id)));
  const release = () => setHeld(undefined);

  return (
    <section
      ref={scroller}
      aria-label="Message processing log"
      // The keyboard must be able to scroll it.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className="border-line bg-surface @container relative min-h-0 flex-1 overflow-auto border-t outline-offset-[-2px]"
      onScroll={(event) => {
        if (event.currentTarget.scrollTop > 0) hold();
        else if (!isUnderPointer.current) release();
      }}
      onPointerEnter={() => {
        isUnderPointer.current = true;
        hold();
      }}
      onPointerLeave={(event) => {
        isUnderPointer.current = false;
        if (event.currentTarget.scrollTop === 0) release();
      }}
    >
      {waiting.length > 0 && (
        <div className="pointer-events-none sticky top-10 z-20 flex h-0 justify-center">
          <Button
            variant="primary"
            size="sm"
            className="pointer-events-auto rounded-full! shadow-md!"
            icon={<ArrowUp size={13} aria-hidden />}
            onClick={() => {
              setHeld(new Set(rows.map((row) => row.id)));
              scroller.current?.scrollTo({ top: 0 });
            }}
          >
            {waiting.length} new
          </Button>
        </div>
      )}
      <table className="w-full border-collapse text-left">
        <thead className="text-ink-faint bg-surface sticky top-0 z-10 text-xs shadow-[0_1px_0_var(--line)]">
          <tr>
            <Th className="pl-4! sm:pl-6!">Status</Th>
            <Th className="w-full">Subject</Th>
            <Th className="@max-3xl:hidden">Flow</Th>
            <Th className="text-right! @max-3xl:hidden">Size</Th>
            <Th className="text-right! @max-5xl:hidden">Attempts</Th>
            <Th className="text-right! @max-5xl:hidden">Duration</Th>
            <Th className="pr-4! text-right! sm:pr-6!">Received</Th>
          </tr>
        </thead>
        <tbody className="divide-line divide-y">
          {shown.map((message) => (
            <MessageRow key={message.id} message={message} filters={filters} />
          ))}
        </tbody>
      </table>
      {list.hasNextPage && (
        <div className="flex justify-center p-4">
          <Button isBusy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Load more
          </Button>
        </div>
      )}
    </section>
  );
}

function MessageRow({ message, filters }: { message: MessageSummary; filters: MessageFilters }) {
  const openId = useParams({ strict: false, select: ({ messageId }) => messageId });
  const isOpen = openId === message.id;
  return (
    <tr className={classNames('relative', isOpen ? 'bg-accent-soft' : 'hover:bg-sunken/60')} aria-current={isOpen || undefined}>
      <Td className="pl-4! sm:pl-6!">
        <MessageStatusBadge status={message.status} />
      </Td>
      <Td className="max-w-0">
        <Link
          to="/monitor/messages/$messageId"
          params={{ messageId: message.id }}
          search={filters}
          className="block truncate font-medium outline-offset-[-2px] after:absolute after:inset-0"
        >
          {message.subject || '(no subject)'}
        </Link>
        <span className={classNames('block truncate text-xs', message.error ? 'text-bad' : 'text-ink-faint')}>
          {message.error && message.status !== 'COMPLETED' ? message.error.message : message.from}
        </span>
      </Td>
      <Td className="text-ink-soft max-w-40 truncate @max-3xl:hidden">{message.flowName}</Td>
      <Td className="text-ink-soft tabular text-right whitespace-nowrap @max-3xl:hidden">{sizeText(message.sizeBytes)}</Td>
      <Td className="text-ink-soft tabular text-right @max-5xl:hidden">{message.attempts}</Td>
      <Td className="text-ink-soft tabular text-right whitespace-nowrap @max-5xl:hidden">
        {message.endedAt ? durationText(Date.parse(message.endedAt) - Date.parse(message.receivedAt)) : '–'}
      </Td>
      <Td className="text-ink-soft w-px pr-4! text-right sm:pr-6!">
        <TimeText at={message.receivedAt} />
      </Td>
    </tr>
  );
}
