import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api.ts';
import { ErrorPanel } from '../shell/error-panel.tsx';
import { Button } from '../ui/button.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { messageQuery, type MessageFilters } from './message-filters.ts';
import { MessageTable } from './message-table.tsx';
import { NoMessages } from './no-messages.tsx';
import { SelectionBar } from './selection-bar.tsx';
import type { Several } from './several.ts';

/** The messages that the filters let through, newest first, renewed by live events and continued on request. */
export function MessageList({ filters }: { filters: MessageFilters }) {
  const [several, setSeveral] = useState<Several>();
  const list = useInfiniteQuery({
    queryKey: ['listMessages', filters, 'pages'],
    queryFn: async ({ pageParam }) => call('listMessages', { query: { ...messageQuery(filters), limit: 50, cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  if (!list.data) {
    if (list.error) return <ErrorPanel error={list.error} onRetry={() => void list.refetch()} />;
    return <Skeleton rows={10} className="px-6!" />;
  }
  const rows = list.data.pages.flatMap((page) => page.items);
  if (rows.length === 0) return <NoMessages filters={filters} />;
  return (
    <>
      {several && <SelectionBar several={several} filters={filters} onSelect={setSeveral} />}
      <MessageTable
        rows={rows}
        filters={filters}
        several={several}
        onSelect={setSeveral}
        footer={
          list.hasNextPage && (
            <div className="flex justify-center p-4">
              <Button isBusy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                Load more
              </Button>
            </div>
          )
        }
      />
    </>
  );
}
