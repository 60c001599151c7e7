import type { ReactNode } from 'react';
import { usePageTitle } from './page-title.ts';

/** A page of lists: heading, actions at the right, content below. */
export function Page({ title, intro, actions, children }: { title: string; intro?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  usePageTitle(title);
  return (
    <div className="mx-auto flex w-full max-w-6xl flex-col gap-4 px-4 py-5 sm:px-6">
      <header className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
          {intro && <p className="text-ink-soft mt-0.5 max-w-2xl">{intro}</p>}
        </div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A hairline box for a table or a list. */
export function Panel({ label, children }: { label?: string; children: ReactNode }) {
  return (
    <section aria-label={label} className="border-line bg-surface overflow-hidden rounded-lg border shadow-sm">
      {children}
    </section>
  );
}
