import { toast } from '../ui/toast.tsx';
import { fromClipboardText, readClipboard, toClipboardText, writeClipboard } from './clipboard.ts';
import type { Command, CommandTools, Target } from './commands.ts';
import { findNode, fragmentOf, gridPx, insertFragment, moveNodes, nameOf, placedIn, remove } from './document.ts';
import { findNote } from './notes.ts';
import { countText } from './roles.ts';
import type { EditorStore } from './store.ts';
import { onlyNode } from './target.ts';

const isForNodes = ({ kind }: Target) => kind === 'nodes';
const isForOneNode = (target: Target) => onlyNode(target) !== undefined;

/** Changes of the drawing. */
export const editCommands: Command[] = [
  {
    id: 'edit.undo',
    title: 'Undo',
    group: 'Edit',
    keys: ['Mod+z'],
    reach: 'editor',
    icon: 'undo-2',
    isFor: ({ kind }, { store }) => kind === 'canvas' && store.getState().history.past.length > 0,
    run: ({ store }) => store.getState().undo(),
  },
  {
    id: 'edit.redo',
    title: 'Redo',
    group: 'Edit',
    keys: ['Mod+y', 'Mod+Shift+z'],
    reach: 'editor',
    icon: 'redo-2',
    isFor: ({ kind }, { store }) => kind === 'canvas' && store.getState().history.future.length > 0,
    run: ({ store }) => store.getState().redo(),
  },
  {
    id: 'edit.rename',
    title: 'Rename',
    group: 'Edit',
    keys: ['F2'],
    icon: 'pencil-line',
    isFor: isForOneNode,
    run: ({ store }, target) => store.getState().set({ renamingId: onlyNode(target) ?? null }),
  },
  {
    id: 'edit.cut',
    title: 'Cut',
    group: 'Edit',
    keys: ['Mod+x'],
    areKeysNative: true,
    icon: 'scissors',
    isFor: isForNodes,
    run: ({ store }, target) => void copy(store, target).then(() => deleteTarget(store, target)),
  },
  {
    id: 'edit.copy',
    title: 'Copy',
    group: 'Edit',
    keys: ['Mod+c'],
    areKeysNative: true,
    icon: 'copy',
    isFor: isForNodes,
    run: ({ store }, target) => void copy(store, target),
  },
  {
    id: 'edit.paste',
    title: 'Paste',
    group: 'Edit',
    keys: ['Mod+v'],
    areKeysNative: true,
    icon: 'clipboard-paste',
    isFor: ({ kind }) => kind === 'canvas',
    run: (tools, target) => void readClipboard().then((text) => pasteText(tools, text, target)),
  },
  {
    id: 'edit.duplicate',
    title: 'Duplicate',
    group: 'Edit',
    keys: ['Mod+d'],
    icon: 'copy-plus',
    isFor: isForNodes,
    run: ({ store }, target) => duplicate(store, target),
  },
  {
    id: 'edit.select-all',
    title: 'Select all',
    group: 'Edit',
    keys: ['Mod+a'],
    icon: 'box-select',
    isFor: ({ kind }) => kind === 'canvas',
    run: ({ store }) => store.getState().select({ nodeIds: new Set(placedIn(store.getState().document).map(({ id }) => id)) }),
  },
  {
    id: 'edit.nudge',
    title: 'Move the selection',
    group: 'Edit',
    keys: ['Alt+ArrowLeft', 'Alt+ArrowRight', 'Alt+ArrowUp', 'Alt+ArrowDown'],
    isKeyOnly: true,
    isFor: isForNodes,
    run: ({ store }, target, key) => nudge(store, target, key),
  },
  {
    id: 'edit.delete',
    title: 'Delete',
    group: 'Edit',
    keys: ['Delete', 'Backspace'],
    icon: 'trash-2',
    isFor: ({ kind }) => kind !== 'canvas',
    run: ({ store }, target) => deleteTarget(store, target),
  },
];

/** Deletes what a target names; the flow heals where it can. */
export function deleteTarget(store: EditorStore, target: Target): void {
  if (target.kind === 'canvas') return;
  const nodeIds = new Set(target.kind === 'nodes' ? target.ids : []);
  const edgeIds = new Set(target.kind === 'nodes' ? target.edgeIds : target.ids);
  const { document: before, change, announce } = store.getState();
  const only = onlyNode(target);
  const node = only === undefined ? undefined : findNode(before, only);
  const isNote = only !== undefined && findNote(before, only) !== undefined;
  const what = node
    ? nameOf(node)
    : isNote
      ? 'Note'
      : nodeIds.size > 0
        ? countText(nodeIds.size, 'node')
        : countText(edgeIds.size, 'connection');
  const after = remove(before, { nodeIds, edgeIds });
  change(`Delete ${what}`, () => after);
  announce(`Deleted ${what}`);
  toast({
    text: `${what} deleted`,
    action: {
      label: 'Undo',
      onSelect: () => {
        const state = store.getState();
        // Only while it is the last change: undoing more than the person asked for would lose work.
        if (state.document === after) state.undo();
        else toast({ text: 'The flow was changed since.', remedy: 'Go back step by step with Ctrl+Z.' });
      },
    },
  });
}

/** The nodes a target names as text for the clipboard; undefined when there are none. */
export function clipboardTextOf(store: EditorStore, target: Target): string | undefined {
  if (target.kind !== 'nodes') return undefined;
  const fragment = fragmentOf(store.getState().document, new Set(target.ids));
  return placedIn(fragment).length === 0 ? undefined : toClipboardText(fragment);
}

async function copy(store: EditorStore, target: Target): Promise<void> {
  const text = clipboardTextOf(store, target);
  if (text === undefined || target.kind !== 'nodes') return;
  await writeClipboard(text);
  store.getState().announce(`Copied ${countText(target.ids.length, 'node')}`);
}

/** Puts copied nodes into the drawing: where the menu was opened, else at the pointer, else into the middle of what is seen. */
export function pasteText({ store, canvas, pointer, view }: CommandTools, text: string, target: Target): void {
  const fragment = fromClipboardText(text);
  const box = canvas.current?.getBoundingClientRect();
  if (!fragment || !box) return;
  const { x, y } = pointer.current ?? { x: 0, y: 0 };
  const isInside = x > box.left && x < box.right && y > box.top && y < box.bottom;
  // Never where it can't be seen.
  const seen = isInside ? { x, y } : { x: box.left + box.width / 2, y: box.top + box.height / 2 };
  const at = (target.kind === 'canvas' && target.at) || view.toDrawing(seen);
  const state = store.getState();
  const pasted = insertFragment(state.document, fragment, at);
  state.change('Paste', () => pasted.document);
  state.select({ nodeIds: new Set(pasted.nodeIds) });
  state.announce(`Pasted ${countText(pasted.nodeIds.length, 'node')}`);
}

function duplicate(store: EditorStore, target: Target): void {
  if (target.kind !== 'nodes') return;
  const { document: before, change, select, announce } = store.getState();
  const fragment = fragmentOf(before, new Set(target.ids));
  if (placedIn(fragment).length === 0) return;
  const left = Math.min(...placedIn(fragment).map(({ position }) => position.x));
  const top = Math.min(...placedIn(fragment).map(({ position }) => position.y));
  const copied = insertFragment(before, fragment, { x: left + 4 * gridPx, y: top + 10 * gridPx });
  change('Duplicate', () => copied.document);
  select({ nodeIds: new Set(copied.nodeIds) });
  announce(`Duplicated ${countText(copied.nodeIds.length, 'node')}`);
}

function nudge(store: EditorStore, target: Target, key = ''): void {
  if (target.kind !== 'nodes') return;
  const ids = new Set(target.ids);
  const dx = key.endsWith('Left') ? -gridPx : key.endsWith('Right') ? gridPx : 0;
  const dy = key.endsWith('Up') ? -gridPx : key.endsWith('Down') ? gridPx : 0;
  store.getState().change(
    'Move',
    (before) => {
      const moved = placedIn(before).filter(({ id }) => ids.has(id));
      return moveNodes(before, new Map(moved.map(({ id, position: { x, y } }) => [id, { x: x + dx, y: y + dy }])));
    },
    `nudge ${[...ids].join(' ')}`,
  );
}
