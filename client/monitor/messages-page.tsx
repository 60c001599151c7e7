import { Download, Ellipsis, Link2, UserRoundX } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { Outlet, useChildMatches, useSearch } from '@tanstack/react-router';
import { useMay } from '../may.ts';
import { messageBulkKinds } from '../../shared/bulk-kinds.ts';
import { usePageTitle } from '../shell/page-title.ts';
import { classNames } from '../ui/class-names.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { Menu } from '../ui/menu.tsx';
import { toast } from '../ui/toast.tsx';
import { apiPath } from '../api.ts';
import { BulkStrip } from './bulk-strip.tsx';
import { useWasOpen } from '../ui/use-was-open.ts';
import { ColumnChooser } from './column-chooser.tsx';
import { FilterBar } from './filter-bar.tsx';
import { MessageList } from './message-list.tsx';
import { messageQuery, type MessageFilters } from './message-filters.ts';
import { filtersKey, filtersOf } from './messages-view.ts';
import { SavedViews } from './saved-views.tsx';

/** What few visits need is loaded when it is. */
const EraseDialog = lazy(async () => ({ default: (await import('./erase-dialog.tsx')).EraseDialog }));

/** The message processing log: filters, the live list, and beside it the message that was opened. */
export function MessagesPage() {
  usePageTitle('Messages');
  const view = useSearch({ from: '/inside/monitor/messages' });
  const filters = filtersOf(view);
  const isOpen = useChildMatches().length > 0;
  const [isErasing, setIsErasing] = useState(false);
  const wasErasing = useWasOpen(isErasing);
  const mayErase = useMay('administer');
  return (
    <div className="relative flex h-full">
      {/* Also the heading of the page where an open message covers the list. */}
      <h1 className="sr-only">Messages</h1>
      <div className={classNames('flex min-w-0 flex-1 flex-col', isOpen && 'max-lg:hidden')}>
        <header className="flex items-start gap-2 px-4 py-3 max-sm:flex-wrap sm:px-6">
          <span aria-hidden className={classNames('mr-2 text-xl leading-8 font-semibold tracking-tight', isOpen && 'hidden')}>
            Messages
          </span>
          <div className="flex min-w-0 flex-1 flex-wrap items-center gap-2 max-sm:order-last max-sm:basis-full">
            <FilterBar filters={filters} />
          </div>
          <div className="flex shrink-0 items-center max-sm:ml-auto">
            <SavedViews view={view} />
            <ColumnChooser view={view} />
            <Menu
              trigger={<IconButton label="More actions" icon={<Ellipsis size={16} aria-hidden />} tooltipSide="bottom" />}
              items={[
                { label: 'Export as CSV', icon: <Download size={14} aria-hidden />, onSelect: () => exportAs('csv', filters) },
                { label: 'Export as JSON', icon: <Download size={14} aria-hidden />, onSelect: () => exportAs('json', filters) },
                { label: 'Copy link', icon: <Link2 size={14} aria-hidden />, onSelect: () => void copyLink() },
                {
                  label: 'Erase a person’s mails…',
                  icon: <UserRoundX size={14} aria-hidden />,
                  isDanger: true,
                  isDisabled: !mayErase,
                  startsGroup: true,
                  onSelect: () => setIsErasing(true),
                },
              ]}
            />
          </div>
        </header>
        <BulkStrip kinds={messageBulkKinds} />
        <MessageList key={filtersKey(view)} view={view} />
      </div>
      <Suspense fallback={null}>{wasErasing && <EraseDialog isOpen={isErasing} onClose={() => setIsErasing(false)} />}</Suspense>
      <Outlet />
    </div>
  );
}

/** The browser saves it while it comes. */
function exportAs(format: 'csv' | 'json', filters: MessageFilters): void {
  const link = document.createElement('a');
  link.href = apiPath('/exports/messages', {}, { ...messageQuery(filters), format });
  link.download = '';
  link.click();
}

/** To what the page shows now, the open message included. */
async function copyLink(): Promise<void> {
  try {
    await navigator.clipboard.writeText(window.location.href);
    toast({ text: 'The link is copied. It leads to these filters and columns.', tone: 'good' });
  } catch {
    // Refused by the browser, or absent over plain HTTP from another machine.
    toast({ text: 'The browser did not allow copying.', remedy: 'Copy the address of the page by hand.', tone: 'warn' });
  }
}
