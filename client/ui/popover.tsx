import { Popover as Base } from '@base-ui/react/popover';
import type { ReactElement, ReactNode } from 'react';

/** A small form below the button that opens it. Holds the focus until Escape, a press elsewhere or `onOpenChange(false)`. */
export function Popover({
  trigger,
  title,
  isOpen,
  onOpenChange,
  children,
}: {
  trigger: ReactElement<Record<string, unknown>>;
  title: string;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  children: ReactNode;
}) {
  return (
    <Base.Root open={isOpen} onOpenChange={onOpenChange}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align="end" sideOffset={6} collisionPadding={8} className="z-40">
          <Base.Popup className="border-line bg-raised flex max-h-(--available-height) w-88 max-w-[calc(100vw-1rem)] flex-col gap-3 overflow-y-auto rounded-xl border p-4 shadow-lg outline-none">
            <Base.Title className="text-sm font-semibold">{title}</Base.Title>
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
