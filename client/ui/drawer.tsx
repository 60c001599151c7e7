import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from './icon-button.tsx';

export interface DrawerProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  children?: ReactNode;
}

/** Slides in from the right over the page, which stays usable beside it. */
export function Drawer({ isOpen, onClose, title, children }: DrawerProps) {
  return (
    <Base.Root
      open={isOpen}
      modal={false}
      disablePointerDismissal
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Base.Portal>
        <Base.Popup className="border-line bg-surface fixed inset-y-0 right-0 z-30 flex w-full max-w-2xl flex-col border-l shadow-lg outline-none transition-[opacity,translate] duration-150 data-[ending-style]:translate-x-4 data-[ending-style]:opacity-0 data-[starting-style]:translate-x-4 data-[starting-style]:opacity-0">
          <header className="border-line flex items-center gap-3 border-b px-4 py-2.5">
            <Base.Title className="min-w-0 flex-1 truncate text-base font-semibold">{title}</Base.Title>
            <Base.Close render={<IconButton label="Close" icon={<X size={16} aria-hidden />} size="sm" />} />
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
