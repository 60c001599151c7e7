import type { ReactNode } from 'react';
import { Mark } from '../shell/mark.tsx';
import { usePageTitle } from '../shell/page-title.ts';

/** The frame of the pages in front of the door. */
export function Entrance({ title, intro, children }: { title: string; intro: ReactNode; children: ReactNode }) {
  usePageTitle(title);
  return (
    <main className="flex min-h-full flex-col items-center px-4 pt-[14vh] pb-8">
      <div className="w-full max-w-sm">
        <div className="mb-6 flex items-center gap-2.5">
          <Mark size={28} />
          <span className="text-lg font-semibold tracking-tight">Mailroom</span>
        </div>
        <div className="border-line bg-surface rounded-xl border p-6 shadow-md">
          <h1 className="text-lg font-semibold tracking-tight">{title}</h1>
          <p className="text-ink-soft mt-1 mb-5">{intro}</p>
          {children}
        </div>
      </div>
    </main>
  );
}
