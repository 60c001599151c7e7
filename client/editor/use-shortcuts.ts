import { useReactFlow } from '@xyflow/react';
import { useEffect, type RefObject } from 'react';
import type { Position } from '../../shared/flow.ts';
import { toast } from '../ui/toast.tsx';
import { fromClipboardText, toClipboardText } from './clipboard.ts';
import { findNode, fragmentOf, gridPx, insertFragment, moveNodes, nameOf, remove } from './document.ts';
import { neighbour, type Direction } from './neighbours.ts';
import { countText } from './roles.ts';
import { useEditorStore, type EditorStore } from './store.ts';

export interface ShortcutOptions {
  /** Keys that act on nodes work only while the focus is in here or nowhere. */
  canvas: RefObject<HTMLElement | null>;
  save: () => void;
  showShortcuts: () => void;
  isReadOnly: boolean;
}

/** The keyboard of the editor, and copy and paste. Fields that are typed into keep their own keys, undo included. */
export function useShortcuts({ canvas, save, showShortcuts, isReadOnly }: ShortcutOptions): void {
  const store = useEditorStore();
  const { fitView, screenToFlowPosition } = useReactFlow();

  useEffect(() => {
    if (isReadOnly) return undefined;
    const ended = new AbortController();
    const { signal } = ended;
    let pointer: Position | undefined;

    // A press on the empty canvas leaves the focus on what is around it.
    const isOnCanvas = (target: EventTarget | null) =>
      target instanceof Node && canvas.current !== null && (canvas.current.contains(target) || target.contains(canvas.current));

    const handleKey = (event: KeyboardEvent) => {
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const isCommand = event.ctrlKey || event.metaKey;
      if (isCommand && key === 's') {
        event.preventDefault();
        save();
        return;
      }
      if (event.defaultPrevented || isInDialog(event.target)) return;
      const state = store.getState();
      const run = (action: () => void) => {
        event.preventDefault();
        action();
      };
      if (key === 'Escape') return run(() => escape(store));
      if (isTyping(event.target)) return;
      if (isCommand && key === 'z') return run(event.shiftKey ? state.redo : state.undo);
      if (isCommand && key === 'y') return run(state.redo);
      if (key === '?') return run(showShortcuts);
      if (!isOnCanvas(event.target)) return;
      if (isCommand && key === 'd') return run(() => duplicate(store));
      if (isCommand && key === 'a') {
        return run(() => state.select({ nodeIds: new Set(state.document.nodes.map((node) => node.id)) }));
      }
      if (isCommand) return;
      if (key === 'Delete' || key === 'Backspace') return run(() => deleteSelected(store));
      if (key === 'F2') return run(() => state.set({ renamingId: focusedNode(store) ?? null }));
      if (key === '1' || key === '0') return run(() => void fitView({ maxZoom: 1, padding: 0.2 }));
      const direction = directions[event.key];
      if (direction) return run(() => (event.altKey ? nudge(store, direction) : goTo(store, direction, canvas.current)));
      if ((key === 'Enter' || key === ' ') && !isButton(event.target)) return run(() => openFocused(store));
    };

    const handleCopy = (event: ClipboardEvent) => {
      if (isTyping(event.target) || !isOnCanvas(event.target) || getSelection()?.isCollapsed === false) return;
      const { document, selection } = store.getState();
      const fragment = fragmentOf(document, selection.nodeIds);
      if (fragment.nodes.length === 0) return;
      event.clipboardData?.setData('text/plain', toClipboardText(fragment));
      event.preventDefault();
      if (event.type === 'cut') deleteSelected(store);
      else store.getState().announce(`Copied ${countText(fragment.nodes.length, 'node')}`);
    };

    const handlePaste = (event: ClipboardEvent) => {
      if (isTyping(event.target) || !isOnCanvas(event.target)) return;
      const fragment = fromClipboardText(event.clipboardData?.getData('text/plain') ?? '');
      const box = canvas.current?.getBoundingClientRect();
      if (!fragment || !box) return;
      event.preventDefault();
      const isInside = pointer && pointer.x > box.left && pointer.x < box.right && pointer.y > box.top && pointer.y < box.bottom;
      // Without a pointer over the canvas, the middle: never where it can't be seen.
      const at = isInside && pointer ? pointer : { x: box.left + box.width / 2, y: box.top + box.height / 2 };
      const state = store.getState();
      const pasted = insertFragment(state.document, fragment, screenToFlowPosition(at));
      state.change('Paste', () => pasted.document);
      state.select({ nodeIds: new Set(pasted.nodeIds) });
      state.announce(`Pasted ${countText(pasted.nodeIds.length, 'node')}`);
    };

    window.addEventListener('keydown', handleKey, { signal });
    window.addEventListener('copy', handleCopy, { signal });
    window.addEventListener('cut', handleCopy, { signal });
    window.addEventListener('paste', handlePaste, { signal });
    window.addEventListener('pointermove', ({ clientX, clientY }) => (pointer = { x: clientX, y: clientY }), { signal });
    return () => ended.abort();
  }, [store, canvas, save, showShortcuts, isReadOnly, fitView, screenToFlowPosition]);
}

const directions: Record<string, Direction> = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' };

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button'].includes(target.type);
  return target instanceof HTMLElement && target.isContentEditable;
}

function isInDialog(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('dialog, [role="dialog"], [role="menu"], [role="listbox"]') !== null;
}

function isButton(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('button, a, [role="button"]') !== null;
}

/** The node that holds the focus, else the only selected one. */
function focusedNode(store: EditorStore): string | undefined {
  const focused = document.activeElement?.closest('.react-flow__node')?.getAttribute('data-id');
  if (focused) return focused;
  const { nodeIds } = store.getState().selection;
  return nodeIds.size === 1 ? [...nodeIds][0] : undefined;
}

function openFocused(store: EditorStore): void {
  const id = focusedNode(store);
  if (id !== undefined) store.getState().openProperties(id);
}

function escape(store: EditorStore): void {
  const state = store.getState();
  if (state.stepMenu || state.paletteDrag) state.set({ stepMenu: null, paletteDrag: null });
  else if (state.openNodeId !== null || state.isFlowOpen) state.openProperties(null);
  else state.select({});
}

/** What is selected, else the node or connection that holds the focus. */
function selectedOrFocused(store: EditorStore): { nodeIds: ReadonlySet<string>; edgeIds: ReadonlySet<string> } {
  const { selection } = store.getState();
  if (selection.nodeIds.size + selection.edgeIds.size > 0) return selection;
  const focused = document.activeElement;
  const idOf = (kind: string) => focused?.closest(`.react-flow__${kind}`)?.getAttribute('data-id');
  return { nodeIds: new Set([idOf('node') ?? []].flat()), edgeIds: new Set([idOf('edge') ?? []].flat()) };
}

function deleteSelected(store: EditorStore): void {
  const target = selectedOrFocused(store);
  if (target.nodeIds.size + target.edgeIds.size === 0) return;
  const { document: before, change, announce } = store.getState();
  const [only] = target.nodeIds;
  const node = target.nodeIds.size === 1 && only !== undefined ? findNode(before, only) : undefined;
  const what = node
    ? nameOf(node)
    : target.nodeIds.size > 0
      ? countText(target.nodeIds.size, 'node')
      : countText(target.edgeIds.size, 'connection');
  const after = remove(before, target);
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

function duplicate(store: EditorStore): void {
  const { document: before, selection, change, select, announce } = store.getState();
  const fragment = fragmentOf(before, selection.nodeIds);
  if (fragment.nodes.length === 0) return;
  const left = Math.min(...fragment.nodes.map((node) => node.position.x));
  const top = Math.min(...fragment.nodes.map((node) => node.position.y));
  const copy = insertFragment(before, fragment, { x: left + 4 * gridPx, y: top + 10 * gridPx });
  change('Duplicate', () => copy.document);
  select({ nodeIds: new Set(copy.nodeIds) });
  announce(`Duplicated ${countText(copy.nodeIds.length, 'node')}`);
}

function nudge(store: EditorStore, direction: Direction): void {
  const { selection, change } = store.getState();
  const dx = { left: -gridPx, right: gridPx, up: 0, down: 0 }[direction];
  const dy = { left: 0, right: 0, up: -gridPx, down: gridPx }[direction];
  change(
    'Move',
    (before) =>
      moveNodes(
        before,
        new Map(
          before.nodes
            .filter((node) => selection.nodeIds.has(node.id))
            .map((node) => [node.id, { x: node.position.x + dx, y: node.position.y + dy }]),
        ),
      ),
    `nudge ${[...selection.nodeIds].join(' ')}`,
  );
}

function goTo(store: EditorStore, direction: Direction, canvas: HTMLElement | null): void {
  const { document: flow, select, openNodeId, openProperties } = store.getState();
  const here = focusedNode(store);
  const next = here === undefined ? flow.nodes[0] : neighbour(flow, here, direction);
  if (!next) return;
  if (openNodeId === null) select({ nodeIds: new Set([next.id]) });
  else openProperties(next.id);
  canvas?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(next.id)}"]`)?.focus({ preventScroll: true });
}
