import type { ReactNode } from 'react';

/** Why nothing is here, and what brings something. */
export function EmptyState({ icon, title, text, action }: { icon?: ReactNode; title: string; text?: ReactNode; action?: ReactNode }) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-2 px-6 py-12 text-center">
      {icon && <div className="text-ink-faint mb-1">{icon}</div>}
      <p className="text-base font-medium">{title}</p>
      {text && <p className="text-ink-soft text-sm">{text}</p>}
      {action && <div className="mt-2 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}
