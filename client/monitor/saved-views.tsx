import { Bookmark } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { IconButton } from '../ui/icon-button.tsx';
import { Popover } from '../ui/popover.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import type { MessagesView } from './messages-view.ts';

const ViewList = lazy(async () => ({ default: (await import('./view-list.tsx')).ViewList }));

/** Filters and columns under a name: one's own, and those for everybody. */
export function SavedViews({ view }: { view: MessagesView }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Popover
      title="Saved views"
      isOpen={isOpen}
      onOpenChange={setIsOpen}
      trigger={<IconButton label="Saved views" icon={<Bookmark size={16} aria-hidden />} tooltipSide="bottom" />}
    >
      <Suspense fallback={<Skeleton rows={3} />}>
        <ViewList view={view} onChosen={() => setIsOpen(false)} />
      </Suspense>
    </Popover>
  );
}
