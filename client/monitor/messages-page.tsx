import { Ellipsis, UserRoundX } from 'lucide-react';
import { useState } from 'react';
import { Outlet, useChildMatches, useSearch } from '@tanstack/react-router';
import { usePageTitle } from '../shell/page-title.ts';
import { classNames } from '../ui/class-names.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { Menu } from '../ui/menu.tsx';
import { EraseDialog } from './erase-dialog.tsx';
import { FilterBar } from './filter-bar.tsx';
import { MessageList } from './message-list.tsx';

/** The message processing log: filters, the live list, and beside it the message that was opened. */
export function MessagesPage() {
  usePageTitle('Messages');
  const filters = useSearch({ from: '/inside/monitor/messages' });
  const isOpen = useChildMatches().length > 0;
  const [isErasing, setIsErasing] = useState(false);
  return (
    <div className="relative flex h-full">
      {/* Also the heading of the page where an open message covers the list. */}
      <h1 className="sr-only">Messages</h1>
      <div className={classNames('flex min-w-0 flex-1 flex-col', isOpen && 'max-lg:hidden')}>
        <header className="flex flex-wrap items-center gap-2 px-4 py-3 sm:px-6">
          <span aria-hidden className={classNames('mr-2 text-xl font-semibold tracking-tight', isOpen && 'hidden')}>
            Messages
          </span>
          <FilterBar filters={filters} />
          <span className="ml-auto">
            <Menu
              trigger={<IconButton label="More actions" icon={<Ellipsis size={16} aria-hidden />} tooltipSide="left" />}
              items={[
                {
                  label: 'Erase a person’s mails…',
                  icon: <UserRoundX size={14} aria-hidden />,
                  isDanger: true,
                  onSelect: () => setIsErasing(true),
                },
              ]}
            />
          </span>
        </header>
        <MessageList key={JSON.stringify(filters)} filters={filters} />
      </div>
      <EraseDialog isOpen={isErasing} onClose={() => setIsErasing(false)} />
      <Outlet />
    </div>
  );
}
