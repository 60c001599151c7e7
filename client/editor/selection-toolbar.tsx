import { IconButton } from '../ui/icon-button.tsx';
import { CatalogIcon } from './catalog-icon.tsx';
import { commandsFor } from './command-list.ts';
import { useCommandTools } from './command-tools.ts';
import type { Command } from './commands.ts';
import { keyCaps } from './keys.ts';
import { useNodeDrag } from './node-drag.ts';
import { countText } from './roles.ts';
import { useEditor } from './store.ts';
import { currentTarget } from './target.ts';

/** What can be done with what is selected, at the upper right of the canvas: for mouse and finger what keys do. */
export function SelectionToolbar() {
  const { nodeIds, edgeIds } = useEditor((state) => state.selection);
  const isDragging = useNodeDrag((drag) => drag !== null);
  const isEmpty = nodeIds.size + edgeIds.size === 0;
  return isEmpty || isDragging ? null : <Tools count={nodeIds.size} />;
}

function Tools({ count }: { count: number }) {
  const { tools, isReadOnly } = useCommandTools();
  // What may be done follows from the drawing.
  useEditor((state) => state.document);
  const target = currentTarget(tools.store);
  const commands = commandsFor(target, tools, { isReadOnly }).filter(({ group, icon }) => ['Insert', 'Edit'].includes(group) && icon);
  if (target.kind === 'canvas' || commands.length === 0) return null;
  return (
    <div
      role="toolbar"
      aria-label="Selection"
      className="border-line bg-raised absolute top-3 right-3 z-10 flex max-w-[calc(100%-1.5rem)] flex-wrap items-center rounded-lg border p-0.5 shadow-sm"
    >
      {count > 1 && <span className="text-ink-soft tabular px-2 text-xs whitespace-nowrap">{countText(count, 'node')}</span>}
      {commands.map((command) => (
        <IconButton
          key={command.id}
          size="sm"
          tooltipSide="bottom"
          label={labelOf(command)}
          icon={<CatalogIcon name={command.icon} size={15} className={command.id === 'edit.delete' ? 'text-bad' : ''} />}
          onClick={() => command.run(tools, target)}
        />
      ))}
    </div>
  );
}

/** "Duplicate (Ctrl D)" */
function labelOf({ title, keys = [] }: Command): string {
  const [first] = keys;
  return first === undefined ? title : `${title} (${keyCaps(first).join('+')})`;
}
