import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { useRef, type ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { IconButton } from './icon-button.tsx';

export interface DialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  /** One sentence below the title. */
  description?: ReactNode;
  children?: ReactNode;
  /** Buttons, the main one last. */
  footer?: ReactNode;
  size?: 'sm' | 'md' | 'lg';
}

const widths = { sm: 'max-w-sm', md: 'max-w-lg', lg: 'max-w-3xl' };

/** Holds the focus until it is closed by Escape, its cross or a button of `footer`. */
export function Dialog({ isOpen, onClose, title, description, children, footer, size = 'md' }: DialogProps) {
  const content = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  return (
    <Base.Root
      open={isOpen}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/35 transition-opacity duration-150 data-[ending-style]:opacity-0 data-[starting-style]:opacity-0" />
        <Base.Popup
          // The first field, else the first button of the footer, else the text, which arrows then scroll; not the cross.
          initialFocus={() => content.current?.querySelector<HTMLElement>('input, textarea, footer button') ?? body.current}
          className={classNames(
            'border-line bg-raised fixed top-[max(1rem,12vh)] left-1/2 z-40 flex max-h-[80vh] w-[calc(100vw-2rem)] -translate-x-1/2 flex-col rounded-xl border shadow-lg outline-none',
            'transition-[opacity,translate] duration-150 data-[ending-style]:opacity-0 data-[starting-style]:-translate-y-1 data-[starting-style]:opacity-0',
            widths[size],
          )}
        >
          <header className="flex items-start gap-3 px-5 pt-4 pb-1">
            <div className="min-w-0 flex-1">
              <Base.Title className="text-lg font-semibold">{title}</Base.Title>
              {description && <Base.Description className="text-ink-soft mt-0.5 text-sm">{description}</Base.Description>}
            </div>
            <Base.Close render={<IconButton label="Close" icon={<X size={16} aria-hidden />} size="sm" className="-mr-2" />} />
          </header>
          <div ref={content} className="flex min-h-0 flex-1 flex-col">
            <div ref={body} tabIndex={-1} className="min-h-0 flex-1 overflow-y-auto px-5 py-3 outline-none">
              {children}
            </div>
            {footer && <footer className="border-line flex flex-wrap items-center justify-end gap-2 border-t px-5 py-3">{footer}</footer>}
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
