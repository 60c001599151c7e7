import type { ComponentPropsWithRef, ReactNode } from 'react';
import { classNames } from '../ui/class-names.ts';

/** A dense table; scrolls sideways on narrow screens, for which `label` names it. */
export function Table({ label, head, children }: { label: string; head: ReactNode; children: ReactNode }) {
  return (
    // Focusable so that the keyboard can scroll it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="overflow-x-auto" aria-label={label} tabIndex={0}>
      <table className="w-full border-collapse text-left">
        <thead className="text-ink-faint border-line border-b text-xs">
          <tr>{head}</tr>
        </thead>
        <tbody className="divide-line divide-y">{children}</tbody>
      </table>
    </section>
  );
}

export function Th({ className, ...rest }: ComponentPropsWithRef<'th'>) {
  return <th scope="col" {...rest} className={classNames('h-8 px-3 font-medium whitespace-nowrap', className)} />;
}

export function Td({ className, ...rest }: ComponentPropsWithRef<'td'>) {
  return <td {...rest} className={classNames('h-10 px-3 py-1.5 align-middle', className)} />;
}
