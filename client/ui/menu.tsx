import { Menu as Base } from '@base-ui/react/menu';
import type { ReactElement, ReactNode } from 'react';
import { classNames } from './class-names.ts';

export interface MenuItem {
  label: string;
  onSelect: () => void;
  icon?: ReactNode;
  /** Shortcut or another hint at the right. */
  hint?: ReactNode;
  isDanger?: boolean;
  isDisabled?: boolean;
  /** Why it can't be chosen, shown below the label. */
  whyNot?: string | undefined;
  /** Draws a line above. */
  startsGroup?: boolean;
}

/** A list of actions below `trigger` (a Button or IconButton). */
export function Menu({
  trigger,
  items,
  align = 'end',
  side = 'bottom',
}: {
  trigger: ReactElement<Record<string, unknown>>;
  items: MenuItem[];
  align?: 'start' | 'center' | 'end';
  side?: 'top' | 'right' | 'bottom' | 'left';
}) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} side={side} sideOffset={4} className="z-50 outline-none">
          <MenuPopup items={items} />
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

/**
 * The list itself, for a menu that opens otherwise.
 *
 * @param finalFocus where the focus goes when it closes; false: it stays
 */
export function MenuPopup({ items, finalFocus }: { items: MenuItem[]; finalFocus?: () => HTMLElement | false | null }) {
  return (
    <Base.Popup
      {...(finalFocus ? { finalFocus } : {})}
      // Where the window is too low for it, it is scrolled.
      tabIndex={0}
      className="border-line bg-raised max-h-(--available-height) min-w-44 overflow-y-auto rounded-lg border p-1 text-sm shadow-lg outline-none"
    >
      {items.map((item) => (
        <div key={item.label} role="none">
          {item.startsGroup && <Base.Separator className="bg-line -mx-1 my-1 h-px" />}
          <Base.Item
            disabled={item.isDisabled || item.whyNot !== undefined}
            onClick={item.onSelect}
            className={classNames(
              'data-[highlighted]:bg-sunken flex cursor-default items-center gap-2 rounded-sm px-2 py-1.5 outline-none select-none data-[disabled]:opacity-50',
              item.isDanger ? 'text-bad' : 'text-ink',
            )}
          >
            {item.icon}
            <span className="max-w-64 flex-1">
              {item.label}
              {item.whyNot !== undefined && <span className="block text-xs">{item.whyNot}</span>}
            </span>
            {item.hint && <span className="text-ink-faint pl-4 text-xs">{item.hint}</span>}
          </Base.Item>
        </div>
      ))}
    </Base.Popup>
  );
}
