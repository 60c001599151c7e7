import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useRouter, useRouterState } from '@tanstack/react-router';
import { CircleUser, LogOut, Monitor, Moon, Sun, Terminal, UserRound, UsersRound } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { AlertsLink } from '../alerts/alerts-link.tsx';
import { roleTable } from '../../shared/roles.ts';
import { call, useRoute } from '../api.ts';
import { startLive } from '../live.ts';
import { useMay } from '../may.ts';
import { classNames } from '../ui/class-names.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { Menu } from '../ui/menu.tsx';
import { LiveStateText } from './live-state.tsx';
import { Mark } from './mark.tsx';
import { setTheme, useTheme, type Theme } from './theme.ts';

/** What every page of a signed-in person has around it. */
export function Shell() {
  const queryClient = useQueryClient();
  const main = useRef<HTMLElement>(null);
  useEffect(() => startLive(queryClient), [queryClient]);
  useFocusOnNavigation(main);
  return (
    <div className="flex h-full flex-col">
      <a
        href="#main"
        className="bg-accent text-accent-ink sr-only rounded-md px-3 py-1.5 font-medium focus:not-sr-only focus:absolute focus:top-1.5 focus:left-2 focus:z-50"
      >
        Skip to content
      </a>
      <header className="border-line bg-surface flex h-11 shrink-0 items-center gap-1 border-b px-2 sm:gap-3 sm:px-4">
        <Link to="/" className="flex items-center gap-2 rounded-md px-1 py-1 font-semibold tracking-tight" aria-label="Mailroom, all flows">
          <Mark />
          <span className="max-sm:hidden">Mailroom</span>
        </Link>
        <nav aria-label="Main" className="flex h-full items-stretch sm:ml-3">
          <AreaLink to="/" area="Design" paths={['/flows']} />
          <AreaLink to="/monitor" area="Monitor" paths={['/monitor']} />
          <AreaLink to="/security/credentials" area="Security" paths={['/security']} />
          <AreaLink to="/access" area="Access" paths={['/access']} isSpare />
        </nav>
        <div className="ml-auto flex items-center gap-0.5">
          <LiveStateText />
          <AlertsLink />
          <ThemeMenu />
          <UserMenu />
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1} className="relative min-h-0 flex-1 overflow-auto outline-none">
        <Outlet />
      </main>
    </div>
  );
}

interface AreaLinkProps {
  to: '/' | '/monitor' | '/security/credentials' | '/access';
  area: string;
  paths: string[];
  /** Left out on narrow screens, where the menu of the account has it. */
  isSpare?: boolean;
}

function AreaLink({ to, area, paths, isSpare = false }: AreaLinkProps) {
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const isHere = pathname === to || paths.some((path) => pathname.startsWith(path));
  return (
    <Link
      to={to}
      aria-current={isHere ? 'page' : undefined}
      className={classNames(
        'text-ink-soft hover:text-ink aria-[current=page]:text-ink aria-[current=page]:border-accent flex items-center border-b-2 border-transparent px-2.5 pt-0.5 text-sm font-medium outline-offset-[-3px]',
        isSpare && 'max-sm:hidden',
      )}
    >
      {area}
    </Link>
  );
}

const themeIcons = { system: Monitor, light: Sun, dark: Moon };
const themeWords: Record<Theme, string> = { system: 'As the system', light: 'Light', dark: 'Dark' };

function ThemeMenu() {
  const theme = useTheme((state) => state.theme);
  const Icon = themeIcons[theme];
  return (
    <Menu
      trigger={<IconButton label={`Look: ${themeWords[theme]}`} icon={<Icon size={16} aria-hidden />} tooltipSide="bottom" />}
      items={(['system', 'light', 'dark'] as const).map((choice) => {
        const ChoiceIcon = themeIcons[choice];
        return {
          label: themeWords[choice],
          icon: <ChoiceIcon size={14} aria-hidden />,
          hint: choice === theme ? 'now' : undefined,
          onSelect: () => setTheme(choice),
        };
      })}
    />
  );
}

function UserMenu() {
  const session = useRoute('getSession', {});
  const queryClient = useQueryClient();
  const router = useRouter();
  const signOut = useMutation({
    mutationFn: async () => call('signOut'),
    onSuccess: async (answer) => {
      queryClient.clear();
      queryClient.setQueryData(['getSession', {}], answer);
      await router.navigate({ to: '/sign-in' });
    },
  });
  const user = session.data?.user;
  const mayAdminister = useMay('administer');
  return (
    <Menu
      trigger={
        <IconButton
          label={user ? `Signed in as ${user.name}, ${roleTable[user.role].title}` : 'Account'}
          icon={<CircleUser size={16} aria-hidden />}
          tooltipSide="bottom"
        />
      }
      items={[
        {
          label: 'Your account',
          hint: user?.email,
          icon: <UserRound size={14} aria-hidden />,
          onSelect: () => void router.navigate({ to: '/account' }),
        },
        {
          label: 'API tokens',
          icon: <Terminal size={14} aria-hidden />,
          onSelect: () => void router.navigate({ to: '/access/tokens' }),
        },
        ...(mayAdminister
          ? [
              {
                label: 'Users',
                icon: <UsersRound size={14} aria-hidden />,
                onSelect: () => void router.navigate({ to: '/access/users' }),
              },
            ]
          : []),
        {
          label: 'Sign out',
          startsGroup: true,
          icon: <LogOut size={14} aria-hidden />,
          onSelect: () => signOut.mutate(),
        },
      ]}
    />
  );
}

/** Keyboard and screen reader start at the content of a new page, not where the old page's link was. */
function useFocusOnNavigation(main: React.RefObject<HTMLElement | null>): void {
  const area = useRouterState({ select: (state) => state.location.pathname.split('/').slice(0, 3).join('/') });
  const last = useRef(area);
  useEffect(() => {
    if (last.current === area) return;
    last.current = area;
    main.current?.focus({ preventScroll: true });
  }, [area, main]);
}
