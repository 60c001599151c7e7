import type { Role } from '../../shared/catalog/define.ts';
import { NodeIcon, nodeShapes } from '../editor/node-shape.tsx';
import { roleTitles } from '../editor/roles.ts';
import { classNames } from '../ui/class-names.ts';

const nodes: { role: Role; icon: string; name: string; text: string }[] = [
  { role: 'sender', icon: 'inbox', name: 'Orders mailbox', text: 'reads every mail' },
  { role: 'step', icon: 'filter', name: 'Orders only', text: 'by their subject' },
  { role: 'receiver', icon: 'send', name: 'Order service', text: 'takes it by HTTP' },
];

/** What a flow looks like, for those who have not drawn one yet: a sender, a step and a receiver as on the canvas. */
export function FlowPicture() {
  return (
    <figure
      aria-label="A flow: a mail sender, then a filter, then an HTTP receiver"
      className="border-line bg-surface flex items-center justify-center rounded-lg border bg-[radial-gradient(var(--line)_1px,transparent_1px)] bg-[size:20px_20px] px-4 pt-10 pb-8 sm:px-8"
    >
      {nodes.map(({ role, icon, name, text }, place) => (
        <div key={name} className={classNames('flex items-center', place > 0 && 'max-w-72 min-w-0 flex-1')}>
          {place > 0 && <Wire />}
          <div
            className={classNames(
              'border-line-strong bg-surface relative flex h-16 shrink-0 items-center gap-3 border px-3 shadow-sm sm:w-48',
              nodeShapes[role],
            )}
          >
            <span className="text-ink-faint absolute bottom-full left-3 mb-1 text-[11px]/4 max-sm:hidden">{roleTitles[role]}</span>
            <NodeIcon role={role} icon={icon} />
            <span className="min-w-0 max-sm:hidden">
              <span className="block truncate text-sm font-medium">{name}</span>
              <span className="text-ink-faint block truncate text-xs">{text}</span>
            </span>
          </div>
        </div>
      ))}
    </figure>
  );
}

function Wire() {
  return (
    <span className="text-ink-faint flex min-w-6 flex-1 items-center">
      <span className="h-[1.5px] flex-1 bg-current" />
      <svg viewBox="0 0 8 8" className="size-2 fill-current" aria-hidden>
        <path d="M0.5 0.5 L7 4 L0.5 7.5 Z" />
      </svg>
    </span>
  );
}
