/* oxlint-disable jsx-a11y/prefer-tag-over-role -- there is no element for a tree */
import { Plus, X } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import type { Position } from '../../shared/flow.ts';
import { CommandMenu, type MenuSubject } from '../editor/command-menu.tsx';
import { useCommandTools } from '../editor/command-tools.ts';
import type { Target } from '../editor/commands.ts';
import { findNode, nameOf } from '../editor/document.ts';
import { keyOf } from '../editor/keys.ts';
import { useEditor, useEditorStore } from '../editor/store.ts';
import { Button } from '../ui/button.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { OutlineLine, type LineActions } from './outline-line.tsx';
import { nodeKey, outlineOf, rowAfter, rowsOf, type OutlineItem } from './tree.ts';

/** The drawing as a tree that can be read and changed without seeing the canvas; the commands and keys are those of the canvas. */
export default function OutlinePanel() {
  const store = useEditorStore();
  const { tools, isReadOnly } = useCommandTools();
  const flow = useEditor((state) => state.document);
  const items = useMemo(() => outlineOf(flow), [flow]);
  return (
    <aside
      aria-label="Outline"
      className="border-line bg-surface flex w-[432px] max-w-full shrink-0 flex-col border-l max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:z-20 max-lg:shadow-lg"
    >
      <header className="flex items-center gap-3 py-2.5 pr-2 pl-4">
        <div className="min-w-0 flex-1">
          <h2 className="text-sm font-semibold">Outline</h2>
          <p className="text-ink-faint text-xs">In the order messages take; branches one level deeper.</p>
        </div>
        <IconButton
          label="Close the outline"
          icon={<X size={16} aria-hidden />}
          size="sm"
          onClick={() => store.getState().openPanel(null)}
        />
      </header>
      {items.length > 0 ? (
        <Tree items={items} />
      ) : (
        <div className="px-4 py-2">
          <p className="text-ink-soft mb-3 text-sm">Nothing is drawn yet. A flow starts with the mailbox it reads.</p>
          {!isReadOnly && (
            <Button icon={<Plus size={15} aria-hidden />} onClick={() => tools.place('mail-sender', { kind: 'next' })}>
              Add mail sender
            </Button>
          )}
        </div>
      )}
    </aside>
  );
}

function Tree({ items }: { items: OutlineItem[] }) {
  const store = useEditorStore();
  const { tools, isReadOnly } = useCommandTools();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => rowsOf(items, closed), [items, closed]);
  const tree = useRef<HTMLDivElement>(null);
  const rovingId = useEditor((state) => state.rovingId);
  const [wanted, setWanted] = useState(() => ({ key: nodeKey(rovingId ?? ''), index: 0 }));
  const current = rows.find(({ item }) => item.key === wanted.key) ?? rows[Math.min(wanted.index, rows.length - 1)];
  /** The node this tree went to itself. */
  const ownRovingId = useRef(rovingId);
  const [menu, setMenu] = useState<{ at: Position; subjects: MenuSubject[] } | null>(null);
  const [isMenuOpen, setMenuOpen] = useState(false);
  const opener = useRef<HTMLElement>(null);

  const lineOf = useCallback((key: string) => tree.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ?? undefined, []);
  const goTo = useCallback(
    (key: string) => {
      // What it then is follows from the focus.
      lineOf(key)?.focus();
    },
    [lineOf],
  );

  // What is gone to on the canvas is gone to here.
  useEffect(() => {
    if (rovingId === null || rovingId === ownRovingId.current) return;
    ownRovingId.current = rovingId;
    setWanted((before) => ({ ...before, key: nodeKey(rovingId) }));
    lineOf(nodeKey(rovingId))?.scrollIntoView({ block: 'nearest' });
  }, [rovingId, lineOf]);

  const isRenaming = useEditor((state) => state.renamingId !== null);
  const wasShown = useRef(false);
  // Its line deleted under it, a note written: the focus is nowhere, so it comes here. When it is opened, in any case.
  const currentKey = current?.item.key;
  useEffect(() => {
    const isLost = !isRenaming && document.activeElement === document.body;
    if (currentKey !== undefined && (isLost || !wasShown.current)) lineOf(currentKey)?.focus();
    wasShown.current = true;
  }, [currentKey, isRenaming, lineOf]);

  const toggle = (key: string) => setClosed((before) => (before.has(key) ? without(before, key) : new Set([...before, key])));

  const handleFocus = (item: OutlineItem) => {
    // Where it is deleted, the one that takes its place is next.
    setWanted({ key: item.key, index: rows.findIndex((row) => row.item.key === item.key) });
    const nodeId = idOf(item);
    tools.view.show(nodeId);
    if (isReadOnly) return;
    const target = targetOf(item);
    const { selection, select } = store.getState();
    // One of several that are selected keeps them, so that commands are about all.
    if (target.kind === 'nodes' && !selection.nodeIds.has(nodeId)) {
      ownRovingId.current = nodeId;
      select({ nodeIds: new Set(target.ids) });
    }
    if (target.kind === 'edges') select({ edgeIds: new Set(target.ids) });
  };

  const choose = (item: OutlineItem) => {
    if (item.kind === 'node') {
      if (!isReadOnly) store.getState().openProperties(item.node.id);
    } else if (item.kind === 'note') {
      if (!isReadOnly) store.getState().set({ renamingId: item.note.id });
    } else if (item.kind === 'link') goTo(nodeKey(item.to.id));
    else if (item.children.length > 0) toggle(item.key);
    else addAt(item);
  };
  const addAt = (item: OutlineItem) => {
    const box = lineOf(item.key)?.getBoundingClientRect();
    if (!box || !('port' in item) || isReadOnly) return;
    const { from, port } = item;
    store.getState().set({ stepMenu: { at: { x: box.left, y: box.bottom }, purpose: { kind: 'append', from, port } } });
  };
  const openMenu = (item: OutlineItem, at: Position) => {
    opener.current = lineOf(item.key) ?? null;
    setMenu({ at, subjects: subjectsOf(item) });
    setMenuOpen(true);
  };
  const subjectsOf = (item: OutlineItem): MenuSubject[] => {
    const own: MenuSubject[] = item.kind === 'node' || item.kind === 'note' ? [{ target: targetOf(item) }] : [];
    const edge = store.getState().document.edges.find(({ id }) => 'edgeId' in item && id === item.edgeId);
    if (!edge) return own;
    const from = findNode(store.getState().document, edge.from);
    return [...own, { target: { kind: 'edges', ids: [edge.id] }, of: `connection from ${from ? nameOf(from) : edge.from}` }];
  };

  const latest = useRef<LineActions>(null);
  useEffect(() => {
    latest.current = { focus: handleFocus, choose, toggle: ({ key }) => toggle(key), openMenu };
  });
  // Always the same, so that an arrow draws two lines anew, and not all.
  const actions = useMemo(
    (): LineActions => ({
      focus: (item) => latest.current?.focus(item),
      choose: (item) => latest.current?.choose(item),
      toggle: (item) => latest.current?.toggle(item),
      openMenu: (item, at) => latest.current?.openMenu(item, at),
    }),
    [],
  );

  const handleKey = (event: KeyboardEvent) => {
    if (!current || !(event.target instanceof HTMLElement) || event.target.role !== 'treeitem') return;
    const { item } = current;
    const key = keyOf(event);
    const step = rowAfter(rows, item.key, key, closed);
    if (step) {
      event.preventDefault();
      if ('to' in step) goTo(step.to);
      else toggle(step.toggle);
    } else if (key === 'Enter' || key === ' ') {
      event.preventDefault();
      choose(item);
    } else if (key === 'a' && 'port' in item && item.children.length === 0) {
      event.preventDefault();
      addAt(item);
    }
    // At the end of the tree an arrow does nothing; on the canvas it would go on.
    else if (key.startsWith('Arrow')) event.preventDefault();
  };

  return (
    <>
      <div
        ref={tree}
        role="tree"
        aria-label="Flow"
        tabIndex={-1}
        data-drawing
        onKeyDown={handleKey}
        className="min-h-0 flex-1 overflow-y-auto px-2 pb-3 outline-none"
      >
        {rows.map((row) => (
          <OutlineLine
            key={row.item.key}
            row={row}
            isCurrent={row.item.key === currentKey}
            isOpen={row.item.children.length === 0 ? undefined : !closed.has(row.item.key)}
            hasMenu={!isReadOnly && (row.item.kind === 'node' || row.item.kind === 'note' || 'edgeId' in row.item)}
            actions={actions}
          />
        ))}
      </div>
      {menu && <CommandMenu at={menu.at} subjects={menu.subjects} isOpen={isMenuOpen} onOpenChange={setMenuOpen} finalFocus={opener} />}
    </>
  );
}

/** What keys are about while the line has the focus. */
function targetOf(item: OutlineItem): Target {
  if (item.kind !== 'node' && 'edgeId' in item && item.edgeId !== undefined) return { kind: 'edges', ids: [item.edgeId] };
  return { kind: 'nodes', ids: [idOf(item)] };
}

/** The node or note that a line is about. */
function idOf(item: OutlineItem): string {
  if (item.kind === 'node') return item.node.id;
  if (item.kind === 'note') return item.note.id;
  return item.kind === 'link' ? item.to.id : item.from;
}

function without(keys: ReadonlySet<string>, key: string): Set<string> {
  return new Set([...keys].filter((other) => other !== key));
}
