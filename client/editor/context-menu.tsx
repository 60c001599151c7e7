import { useEffect, useRef, useState } from 'react';
import type { Position } from '../../shared/flow.ts';
import { CommandMenu, menuCommands } from './command-menu.tsx';
import { useCommandTools } from './command-tools.ts';
import type { CommandTools, Target } from './commands.ts';
import { listenForMenu } from './menu-request.ts';

/** What can be done to the node, connection or place under the pointer; opened by the right button, a long press or the menu key. */
export function ContextMenu() {
  const { tools, isReadOnly } = useCommandTools();
  const [request, setRequest] = useState<{ at: Position; target: Target } | null>(null);
  const [isOpen, setIsOpen] = useState(false);
  const opener = useRef<HTMLElement | null>(null);

  useEffect(() => {
    const area = tools.canvas.current;
    if (!area) return undefined;
    return listenForMenu(area, (at, element) => {
      const target = targetOf(element, at, tools);
      if (menuCommands(target, tools, isReadOnly).length === 0) return false;
      opener.current = document.activeElement instanceof HTMLElement ? document.activeElement : null;
      tools.pointer.current = at;
      setRequest({ at, target });
      setIsOpen(true);
      return true;
    });
  }, [tools, isReadOnly]);

  if (!request) return null;
  return (
    <CommandMenu at={request.at} subjects={[{ target: request.target }]} isOpen={isOpen} onOpenChange={setIsOpen} finalFocus={opener} />
  );
}

/** What a press is about: everything that is selected when it is on a part of that, else what it is on alone. */
function targetOf(element: Element, at: Position, { store, view }: CommandTools): Target {
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
