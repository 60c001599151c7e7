import type { Wanted } from '../../shared/roles.ts';
import { useMayCheck } from '../may.ts';
import { Link, Outlet, type LinkProps } from '@tanstack/react-router';

export interface SubNavItem {
  to: LinkProps['to'];
  label: string;
  /** Only this very path is the place, not those below it. */
  isExact?: boolean;
  /** Who is shown it; everybody where nothing is said. */
  may?: Wanted;
}

/** A row of links below the top bar for the pages of one area. */
export function SubNav({ label, items }: { label: string; items: SubNavItem[] }) {
  const may = useMayCheck();
  const shown = items.filter((item) => may(item.may ?? 'see'));
  return (
    <div className="flex h-full flex-col">
      <nav aria-label={label} className="border-line bg-surface flex shrink-0 gap-1 overflow-x-auto border-b px-2 sm:px-4">
        {shown.map((item) => (
          <Link
            key={item.label}
            to={item.to}
            activeOptions={{ exact: item.isExact ?? false, includeSearch: false }}
            className="text-ink-soft hover:text-ink aria-[current=page]:text-ink aria-[current=page]:border-accent flex h-9 items-center border-b-2 border-transparent px-2 pt-0.5 whitespace-nowrap outline-offset-[-3px]"
          >
            {item.label}
          </Link>
        ))}
      </nav>
      <div className="min-h-0 flex-1 overflow-auto">
        <Outlet />
      </div>
    </div>
  );
}
