import { Link } from '@tanstack/react-router';
import { buttonClass } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { usePageTitle } from './page-title.ts';

export function NotFoundPage() {
  usePageTitle('Not found');
  return (
    <EmptyState
      title="There is nothing at this address."
      text="It may have been deleted, or the address is mistyped."
      action={
        <Link to="/" className={buttonClass('secondary')}>
          All flows
        </Link>
      }
    />
  );
}
