import { Menu as Base } from '@base-ui/react/menu';
import { useEffect, useRef, type RefObject } from 'react';
import type { Position } from '../../shared/flow.ts';
import { MenuPopup, type MenuItem } from '../ui/menu.tsx';
import { CatalogIcon } from './catalog-icon.tsx';
import { commandsFor } from './command-list.ts';
import { useCommandTools } from './command-tools.ts';
import type { Command, CommandGroup, CommandTools, Target } from './commands.ts';
import { keyCaps } from './keys.ts';

/** What a menu is about, and what is written behind its commands where it is about several things. */
export interface MenuSubject {
  target: Target;
  of?: string;
  /** Id of a command that would say nothing where the menu is. */
  without?: string;
}

/** A menu of commands at a place of the window. */
export function CommandMenu({
  at,
  subjects,
  isOpen,
  onOpenChange,
  finalFocus,
}: {
  /** Px of the window. */
  at: Position;
  subjects: MenuSubject[];
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  /** Gets the focus when the menu closes, before the command is carried out. */
  finalFocus: RefObject<HTMLElement | null>;
}) {
  const { tools, isReadOnly } = useCommandTools();
  const chosen = useRef<(() => void) | null>(null);
  /** The focus was given back before the command was carried out; the menu must not take it from there. */
  const hasChosen = useRef(false);

  // The canvas keeps pointer events for itself, so a press on it would not close the menu.
  useEffect(() => {
    if (!isOpen) return undefined;
    hasChosen.current = false;
    const handlePointer = ({ target }: PointerEvent) => {
      if (target instanceof Element && !target.closest('[role="menu"]')) onOpenChange(false);
    };
    window.addEventListener('pointerdown', handlePointer, true);
    return () => window.removeEventListener('pointerdown', handlePointer, true);
  }, [isOpen, onOpenChange]);

  const items = subjects.flatMap(({ target, of, without }, subject) =>
    menuCommands(target, tools, isReadOnly)
      .filter(({ id }) => id !== without)
      .map((command, index, all): MenuItem => ({
        label: of === undefined ? command.title : `${command.title} (${of})`,
        icon: <CatalogIcon name={command.icon} size={15} className={command.id === 'edit.delete' ? '' : 'text-ink-soft'} />,
        hint: command.value?.(tools) ?? hintOf(command),
        isDanger: command.id === 'edit.delete',
        startsGroup: index === 0 ? subject > 0 : all[index - 1]?.group !== command.group,
        // Once the menu is closed and has given the focus back: the command may want it elsewhere.
        onSelect: () => {
          chosen.current = () => command.run(tools, target);
          hasChosen.current = true;
        },
      })),
  );
  return (
    <Base.Root
      open={isOpen}
      onOpenChange={onOpenChange}
      onOpenChangeComplete={() => {
        const run = chosen.current;
        chosen.current = null;
        if (!run) return;
        finalFocus.current?.focus({ preventScroll: true });
        run();
      }}
      modal={false}
    >
      <Base.Portal>
        <Base.Positioner
          anchor={{ getBoundingClientRect: () => new DOMRect(at.x, at.y, 0, 0) }}
          align="start"
          sideOffset={2}
          className="z-50 outline-none"
        >
          <MenuPopup items={items} finalFocus={() => (hasChosen.current ? false : finalFocus.current)} />
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

const groups: CommandGroup[] = ['Insert', 'Edit', 'View', 'Go'];

/** Without what concerns the whole flow and has its button beside the canvas. */
export function menuCommands(target: Target, tools: CommandTools, isReadOnly: boolean): Command[] {
  const all = commandsFor(target, tools, { isReadOnly });
  return groups.flatMap((group) => all.filter((command) => command.group === group));
}

function hintOf({ keys = [] }: Command): string | undefined {
  const [first] = keys;
  return first === undefined ? undefined : keyCaps(first).join(' ');
}
