import { Menu as Base } from '@base-ui/react/menu';
import { useEffect, useRef, useState } from 'react';
import type { Position } from '../../shared/flow.ts';
import { MenuPopup, type MenuItem } from '../ui/menu.tsx';
import { CatalogIcon } from './catalog-icon.tsx';
import { commandsFor } from './command-list.ts';
import { useCommandTools } from './command-tools.ts';
import type { Command, CommandGroup, Target } from './commands.ts';
import { keyCaps } from './keys.ts';
import { listenForMenu } from './menu-request.ts';

/** What can be done to the node, connection or place under the pointer; opened by the right button, a long press or the menu key. */
export function ContextMenu() {
  const { tools, isReadOnly } = useCommandTools();
  const [request, setRequest] = useState<{ at: Position; target: Target } | null>(null);
  const [isOpen, setIsOpen] = useState(false);
  const opener = useRef<HTMLElement | null>(null);
  const chosen = useRef<(() => void) | null>(null);

  useEffect(() => {
    const area = tools.canvas.current;
    if (!area) return undefined;
    return listenForMenu(area, (at, element) => {
      const target = targetOf(element, at, tools);
      if (itemsFor(target, tools, isReadOnly).length === 0) return false;
      opener.current = document.activeElement instanceof HTMLElement ? document.activeElement : null;
      tools.pointer.current = at;
      setRequest({ at, target });
      setIsOpen(true);
      return true;
    });
  }, [tools, isReadOnly]);

  // The canvas keeps pointer events for itself, so a press on it would not close the menu.
  useEffect(() => {
    if (!isOpen) return undefined;
    const handlePointer = ({ target }: PointerEvent) => {
      if (target instanceof Element && !target.closest('[role="menu"]')) setIsOpen(false);
    };
    window.addEventListener('pointerdown', handlePointer, true);
    return () => window.removeEventListener('pointerdown', handlePointer, true);
  }, [isOpen]);

  if (!request) return null;
  const { at, target } = request;
  const items = itemsFor(target, tools, isReadOnly).map((command, index, all): MenuItem => ({
    label: command.title,
    icon: <CatalogIcon name={command.icon} size={15} className={command.id === 'edit.delete' ? '' : 'text-ink-soft'} />,
    hint: hintOf(command),
    isDanger: command.id === 'edit.delete',
    startsGroup: index > 0 && all[index - 1]?.group !== command.group,
    // After the menu has given the focus back, which the command may want elsewhere.
    onSelect: () => (chosen.current = () => command.run(tools, target)),
  }));
  return (
    <Base.Root
      open={isOpen}
      onOpenChange={setIsOpen}
      onOpenChangeComplete={(isNowOpen) => {
        if (isNowOpen) return;
        chosen.current?.();
        chosen.current = null;
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
          <MenuPopup items={items} finalFocus={opener} />
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

const groups: CommandGroup[] = ['Insert', 'Edit', 'View', 'Go'];

/** Without what concerns the whole flow and has its button beside the canvas. */
function itemsFor(target: Target, tools: Parameters<typeof commandsFor>[1], isReadOnly: boolean): Command[] {
  const all = commandsFor(target, tools, { isReadOnly });
  return groups.flatMap((group) => all.filter((command) => command.group === group));
}

function hintOf({ keys = [] }: Command): string | undefined {
  const [first] = keys;
  return first === undefined ? undefined : keyCaps(first).join(' ');
}

/** What a press is about: everything that is selected when it is on a part of that, else what it is on alone. */
function targetOf(element: Element, at: Position, { store, view }: Parameters<typeof commandsFor>[1]): Target {
  const { selection, select } = store.getState();
  const nodeId = element.closest('.react-flow__node')?.getAttribute('data-id') ?? undefined;
  const isInSelection = nodeId === undefined ? element.closest('.react-flow__nodesselection') !== null : selection.nodeIds.has(nodeId);
  if (isInSelection) return { kind: 'nodes', ids: [...selection.nodeIds], edgeIds: [...selection.edgeIds] };
  if (nodeId !== undefined) {
    select({ nodeIds: new Set([nodeId]) });
    return { kind: 'nodes', ids: [nodeId] };
  }
  const edgeId = element.closest('.react-flow__edge')?.getAttribute('data-id') ?? undefined;
  if (edgeId === undefined) return { kind: 'canvas', at: view.toDrawing(at) };
  select({ edgeIds: new Set([edgeId]) });
  return { kind: 'edges', ids: [edgeId] };
}
