import { ChevronDown, ChevronUp, Search, X } from 'lucide-react';
import { useDeferredValue, useEffect, useId, useMemo, useState, type KeyboardEvent } from 'react';
import { IconButton } from '../ui/icon-button.tsx';
import { useCommandTools } from './command-tools.ts';
import { findNode, nameOf } from './document.ts';
import type { NodeMark } from './marks.ts';
import { searchFlow, type Hit } from './search.ts';
import { useEditor, useEditorStore } from './store.ts';

/** Finds texts in the drawing: marks the nodes that have them, and goes from one to the next. */
export function SearchBar() {
  const isOpen = useEditor((state) => state.isSearchOpen);
  return isOpen && <OpenSearchBar />;
}

function OpenSearchBar() {
  const store = useEditorStore();
  const { tools, isReadOnly } = useCommandTools();
  const statusId = useId();
  const [text, setText] = useState('');
  const [wantedIndex, setIndex] = useState(0);
  const document = useDeferredValue(useEditor((state) => state.document));
  const hits = useMemo(() => searchFlow(document, text), [document, text]);
  const index = Math.min(wantedIndex, hits.length - 1);
  const current = hits[index];

  useEffect(() => {
    store.getState().setMarks('search', { nodes: marksOf(hits, current?.nodeId), edges: new Map() });
    return () => store.getState().setMarks('search', null);
  }, [store, hits, current?.nodeId]);

  const { show } = tools.view;
  const currentId = current?.nodeId;
  useEffect(() => {
    if (currentId !== undefined) show(currentId);
  }, [show, currentId]);

  const step = (by: 1 | -1) => {
    if (hits.length > 0) setIndex((index + by + hits.length) % hits.length);
  };
  /** The search ends at what it has found. */
  const close = () => {
    store.getState().set({ isSearchOpen: false });
    if (current && !isReadOnly) tools.view.goTo(current.nodeId);
  };
  const openHit = ({ nodeId, field }: Hit) => {
    store.getState().set({ isSearchOpen: false });
    if (findNode(store.getState().document, nodeId)) store.getState().openProperties(nodeId, field);
    else store.getState().set({ renamingId: nodeId });
  };

  const handleKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape') close();
    else if (event.key === 'Enter' && event.target instanceof HTMLInputElement) step(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    // Keys typed into the field and its buttons; the element itself takes none.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <search
      aria-label="Flow"
      onKeyDown={handleKey}
      className="border-line bg-raised absolute top-3 right-3 z-20 w-[26rem] max-w-[calc(100%-1.5rem)] rounded-lg border shadow-md"
    >
      <div className="flex items-center gap-1 py-1 pr-1 pl-3">
        <Search size={14} className="text-ink-faint shrink-0" aria-hidden />
        <input
          type="text"
          // The bar was opened to type into it.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          aria-label="Find in the flow"
          aria-describedby={statusId}
          placeholder="Find a name, a type or a value"
          spellCheck={false}
          autoComplete="off"
          maxLength={200}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setIndex(0);
          }}
          className="h-8 min-w-0 flex-1 bg-transparent px-1.5 text-sm outline-none"
        />
        <output id={statusId} className="text-ink-soft tabular shrink-0 px-1 text-xs">
          {text.trim() === '' ? '' : hits.length === 0 ? 'Nothing found' : `${index + 1} of ${hits.length}`}
        </output>
        <IconButton
          size="sm"
          label="Previous"
          icon={<ChevronUp size={15} aria-hidden />}
          disabled={hits.length === 0}
          onClick={() => step(-1)}
        />
        <IconButton
          size="sm"
          label="Next"
          icon={<ChevronDown size={15} aria-hidden />}
          disabled={hits.length === 0}
          onClick={() => step(1)}
        />
        <IconButton size="sm" label="Close the search" icon={<X size={15} aria-hidden />} onClick={close} />
      </div>
      {current && <HitLine hit={current} onOpen={isReadOnly ? undefined : openHit} />}
    </search>
  );
}

/** Where the hit is, and what stands there; pressing it opens the field. */
function HitLine({ hit, onOpen }: { hit: Hit; onOpen: ((hit: Hit) => void) | undefined }) {
  const name = useEditor((state) => {
    const node = findNode(state.document, hit.nodeId);
    return node ? nameOf(node) : 'Note';
  });
  const { before, match, after } = hit.excerpt;
  const line = (
    <>
      <span className="text-ink-soft">
        {name} · {hit.label}:{' '}
      </span>
      {before}
      <mark className="bg-accent-soft text-ink rounded-sm font-medium">{match}</mark>
      {after}
    </>
  );
  const className = 'border-line w-full border-t px-3 py-1.5 text-left text-xs break-words';
  if (!onOpen) return <p className={className}>{line}</p>;
  return (
    <button type="button" title="Open the properties there" className={`hover:bg-sunken ${className}`} onClick={() => onOpen(hit)}>
      {line}
    </button>
  );
}

function marksOf(hits: Hit[], currentId: string | undefined): Map<string, NodeMark> {
  return new Map(
    hits.map(({ nodeId }) => [nodeId, { hasRing: true, tone: nodeId === currentId ? 'accent' : 'warn', spoken: 'found' }] as const),
  );
}
