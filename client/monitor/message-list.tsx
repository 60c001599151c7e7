import { lazy, Suspense, useState } from 'react';
import { ErrorPanel } from '../shell/error-panel.tsx';
import { Button } from '../ui/button.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { readColumns } from './message-columns.ts';
import type { FeedState } from './message-feed.ts';
import { MessageTable } from './message-table.tsx';
import { filtersOf, type MessagesView } from './messages-view.ts';
import { NoMessages } from './no-messages.tsx';
import type { Several } from './several.ts';
import { useMessageFeed } from './use-message-feed.ts';

/** With its dialogs, when something is ticked. */
const SelectionBar = lazy(async () => ({ default: (await import('./selection-bar.tsx')).SelectionBar }));

/** The messages that the filters let through, newest first, followed live and continued by scrolling; keyed by its filters. */
export function MessageList({ view }: { view: MessagesView }) {
  const filters = filtersOf(view);
  const [several, setSeveral] = useState<Several>();
  const { feed, state } = useMessageFeed(filters);
  const { rows, error } = state;
  if (!rows) return error ? <ErrorPanel error={error} onRetry={feed.reload} /> : <Skeleton rows={10} className="px-6!" />;
  if (rows.shown.length === 0 && rows.waiting.length === 0) return <NoMessages filters={filters} />;
  return (
    <>
      <Suspense fallback={null}>{several && <SelectionBar several={several} filters={filters} onSelect={setSeveral} />}</Suspense>
      <MessageTable
        rows={rows.shown}
        waiting={{ count: rows.waiting.length, isMore: rows.hasHole }}
        hasMore={rows.nextCursor !== null}
        view={view}
        columns={readColumns(view.cols)}
        several={several}
        onSelect={setSeveral}
        onNearEnd={feed.loadMore}
        onHold={feed.hold}
        onRelease={feed.release}
        onShowWaiting={feed.showWaiting}
        footer={<Footer state={state} onRetry={feed.loadMore} />}
      />
    </>
  );
}

function Footer({ state: { isLoadingMore, moreError }, onRetry }: { state: FeedState; onRetry: () => void }) {
  if (moreError) {
    return (
      <div role="alert" className="text-bad flex flex-wrap items-center justify-center gap-3 p-4 text-sm">
        {moreError.message}
        <Button onClick={onRetry}>Try again</Button>
      </div>
    );
  }
  return isLoadingMore && <Skeleton rows={3} className="px-6!" />;
}
