import { Toast as Base } from '@base-ui/react/toast';
import { CircleAlert, CircleCheck, Info, TriangleAlert, X, type LucideIcon } from 'lucide-react';
import { classNames } from './class-names.ts';
import { toneText, type Tone } from './tone.ts';

export interface ToastOptions {
  text: string;
  /** What to do, a second line. */
  remedy?: string;
  tone?: Tone;
  action?: { label: string; onSelect: () => void };
}

interface ToastData {
  tone: Tone;
}

const manager = Base.createToastManager<ToastData>();

/** Says that something happened. Problems stay longer and are announced at once. */
export function toast({ text, remedy, tone = 'neutral', action }: ToastOptions): void {
  const id = manager.add({
    title: text,
    description: remedy,
    timeout: tone === 'bad' ? 10_000 : action ? 7_000 : 4_000,
    priority: tone === 'bad' ? 'high' : 'low',
    data: { tone },
    actionProps: action && {
      children: action.label,
      onClick: (event) => {
        // While the focus is among the toasts none of them goes; it would be lost there together with this button.
        event.currentTarget.blur();
        manager.close(id);
        action.onSelect();
      },
    },
  });
}

const icons: Record<Tone, LucideIcon> = {
  neutral: Info,
  accent: Info,
  info: Info,
  good: CircleCheck,
  warn: TriangleAlert,
  bad: CircleAlert,
};

/** Once per page, at the root. */
export function Toaster() {
  return (
    <Base.Provider toastManager={manager} limit={4}>
      <Base.Portal>
        <Base.Viewport
          aria-label="Notifications"
          className="fixed right-4 bottom-4 z-50 flex w-[min(22rem,calc(100vw-2rem))] flex-col gap-2 outline-none"
        >
          <ToastList />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function ToastList() {
  const { toasts } = Base.useToastManager<ToastData>();
  return toasts.map((item) => {
    const tone = item.data?.tone ?? 'neutral';
    const Icon = icons[tone];
    return (
      <Base.Root
        key={item.id}
        toast={item}
        className="border-line bg-raised rounded-lg border shadow-lg transition-opacity data-[ending-style]:opacity-0 data-[limited]:hidden data-[starting-style]:opacity-0"
      >
        <Base.Content className="flex items-start gap-2.5 p-3">
          <Icon size={16} className={classNames('mt-px shrink-0', toneText[tone])} aria-hidden />
          <div className="min-w-0 flex-1">
            <Base.Title className="text-sm font-medium break-words" />
            <Base.Description className="text-ink-soft text-xs break-words" />
          </div>
          <Base.Action className="text-accent shrink-0 text-sm font-medium hover:underline" />
          <Base.Close aria-label="Dismiss" className="text-ink-faint hover:text-ink -m-1 shrink-0 p-1">
            <X size={14} aria-hidden />
          </Base.Close>
        </Base.Content>
      </Base.Root>
    );
  });
}
