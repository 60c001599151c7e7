import { Outlet, useChildMatches, useNavigate, useSearch } from '@tanstack/react-router';
import { useRoute } from '../api.ts';
import { messageStatuses, type MessageStatus } from '../../shared/status.ts';
import { usePageTitle } from '../shell/page-title.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Select } from '../ui/select.tsx';
import { hasFilters, type MessageFilters } from './message-filters.ts';
import { MessageList } from './message-list.tsx';
import { stepText } from './message-chart.ts';
import { messageTimes, type MessageTime } from './message-times.ts';
import { SearchBox } from './search-box.tsx';

/** The message processing log: filters, the live list, and beside it the message that was opened. */
export function MessagesPage() {
  usePageTitle('Messages');
  const filters = useSearch({ from: '/inside/monitor/messages' });
  const navigate = useNavigate();
  const flows = useRoute('listFlows', {});
  const isOpen = useChildMatches().length > 0;
  const narrow = (change: Partial<MessageFilters>) =>
    void navigate({ to: '.', search: (current: MessageFilters) => ({ ...current, ...change }), replace: true });
  return (
    <div className="relative flex h-full">
      {/* Also the heading of the page where an open message covers the list. */}
      <h1 className="sr-only">Messages</h1>
      <div className={classNames('flex min-w-0 flex-1 flex-col', isOpen && 'max-lg:hidden')}>
        <header className="flex flex-wrap items-center gap-2 px-4 py-3 sm:px-6">
          <span aria-hidden className={classNames('mr-2 text-xl font-semibold tracking-tight', isOpen && 'hidden')}>
            Messages
          </span>
          <SearchBox value={filters.search ?? ''} onChange={(search) => narrow({ search: search || undefined })} />
          <Select
            aria-label="Flow"
            value={filters.flow ?? ''}
            onChange={(flow) => narrow({ flow: flow || undefined })}
            options={{ '': 'All flows', ...Object.fromEntries(flows.data?.items.map(({ id, name }) => [id, name]) ?? []) }}
            className="w-40!"
          />
          <Select
            aria-label="Status"
            value={filters.status ?? ''}
            onChange={(status: MessageStatus | '') => narrow({ status: status || undefined })}
            options={{ '': 'Every status', ...Object.fromEntries(messageStatuses.map((status) => [status, status])) }}
            className="w-36!"
          />
          <Select
            aria-label="Received"
            value={filters.last ?? (filters.from ? 'span' : '')}
            onChange={(last: MessageTime | 'span' | '') => {
              if (last !== 'span') narrow({ last: last || undefined, from: undefined, to: undefined });
            }}
            options={{ '': 'Any time', ...messageTimes, ...(filters.from && { span: spanText(filters.from, filters.to) }) }}
            className="w-40!"
          />
          {hasFilters(filters) && (
            <Button variant="ghost" onClick={() => void navigate({ to: '.', search: {}, replace: true })}>
              Clear filters
            </Button>
          )}
        </header>
        <MessageList key={JSON.stringify(filters)} filters={filters} />
      </div>
      <Outlet />
    </div>
  );
}

function spanText(from: string, to: string | undefined): string {
  return to === undefined ? `Since ${new Date(from).toLocaleString()}` : stepText({ from: new Date(from), to: new Date(to) });
}
