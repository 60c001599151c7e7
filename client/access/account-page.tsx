import type { ReactNode } from 'react';
import { permissionWords, roleTable, type Permission } from '../../shared/roles.ts';
import { useRoute } from '../api.ts';
import { Page } from '../shell/page.tsx';
import { ChangePassword } from './change-password.tsx';
import { OwnSessions } from './own-sessions.tsx';

/** The visitor's own account: what it may do, its password, where it is signed in. */
export function AccountPage() {
  const user = useRoute('getSession', {}).data?.user;
  if (!user) return null;
  return (
    <Page title="Your account" intro={`${user.name} · ${user.email}`}>
      <Part
        title={`Role: ${roleTable[user.role].title}`}
        text={`${roleTable[user.role].about} An administrator can change it under Access > Users.`}
      >
        <details className="text-sm">
          <summary className="text-ink-soft cursor-pointer">What you may do</summary>
          <ul className="mt-1 list-disc pl-5">
            {user.may.map((permission: Permission) => (
              <li key={permission}>{permissionWords[permission]}</li>
            ))}
          </ul>
        </details>
      </Part>
      <Part title="Where you are signed in" text="A session ends after seven days, or twelve hours after its last window was closed.">
        <OwnSessions />
      </Part>
      <Part title="Password" text="A change signs you out everywhere else.">
        <ChangePassword owner={user} />
      </Part>
    </Page>
  );
}

function Part({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-3 pb-3">
      <header>
        <h2 className="font-semibold">{title}</h2>
        <p className="text-ink-soft text-sm">{text}</p>
      </header>
      {children}
    </section>
  );
}
