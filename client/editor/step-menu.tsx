/* oxlint-disable jsx-a11y/prefer-tag-over-role -- a native list of options can not be searched and described */
import { Search } from 'lucide-react';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { catalog } from '../../shared/catalog/index.ts';
import { portsOf, whyNotConnect } from '../../shared/ports.ts';
import type { FlowDocument, FlowNode } from '../../shared/flow.ts';
import { describeType } from '../../shared/catalog/index.ts';
import { classNames } from '../ui/class-names.ts';
import { toast } from '../ui/toast.tsx';
import { CatalogIcon } from './catalog-icon.tsx';
import { connect, findNode, nameOf, openPort, reconnect, whyNotSplice } from './document.ts';
import { moveIntoEdge } from './move-into-edge.ts';
import { replaceNode, replacementsOf } from './replace.ts';
import { countText, kindOf } from './roles.ts';
import { useEditor, useEditorStore, type EditorStore, type StepMenuRequest } from './store.ts';
import { usePlace } from './use-place.ts';

interface Choice {
  key: string;
  title: string;
  text: string;
  icon: string | undefined;
  choose: () => void;
}

const titles: Record<StepMenuRequest['purpose']['kind'], string> = {
  splice: 'Add a step',
  append: 'Add a step',
  prepend: 'Add a step',
  add: 'Add a step',
  replace: 'Replace with another step',
  reconnect: 'Connect elsewhere',
};

/** A searchable list of what may stand at one place of the flow; opened by "+", by a port and by a wire let go on empty canvas. */
export function StepMenu() {
  const request = useEditor((state) => state.stepMenu);
  return request && <OpenStepMenu key={JSON.stringify(request)} request={request} />;
}

function OpenStepMenu({ request }: { request: StepMenuRequest }) {
  const store = useEditorStore();
  const listId = useId();
  const panel = useRef<HTMLDialogElement>(null);
  const opener = useRef(document.activeElement);
  const [search, setSearch] = useState('');
  const [active, setActive] = useState(0);
  const choices = useChoices(request.purpose).filter(({ title, text }) =>
    `${title} ${text}`.toLowerCase().includes(search.trim().toLowerCase()),
  );

  const close = () => {
    store.getState().set({ stepMenu: null });
    if (opener.current instanceof HTMLElement) opener.current.focus({ preventScroll: true });
  };

  useEffect(() => {
    const handlePointer = (event: PointerEvent) => {
      if (event.target instanceof Node && !panel.current?.contains(event.target)) store.getState().set({ stepMenu: null });
    };
    // Captured, because the canvas keeps pointer events for itself.
    window.addEventListener('pointerdown', handlePointer, true);
    return () => window.removeEventListener('pointerdown', handlePointer, true);
  }, [store]);

  const choose = (choice: Choice | undefined) => {
    if (!choice) return;
    store.getState().set({ stepMenu: null });
    choice.choose();
  };

  const handleKey = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === 'Escape') close();
    if (event.key === 'Enter') choose(choices[active]);
    if (event.key === 'Tab') close();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || choices.length === 0) return;
    event.preventDefault();
    setActive((active + step + choices.length) % choices.length);
  };

  return (
    <dialog
      open
      ref={panel}
      aria-label={titles[request.purpose.kind]}
      style={{ left: Math.min(request.at.x, window.innerWidth - 300), top: Math.min(request.at.y, window.innerHeight - 340) }}
      className="border-line bg-raised text-ink fixed m-0 z-40 flex max-h-80 w-72 flex-col rounded-lg border shadow-lg"
    >
      <div className="border-line flex items-center gap-2 border-b px-3">
        <Search size={14} className="text-ink-faint shrink-0" aria-hidden />
        <input
          // The menu was opened to search in it.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          role="combobox"
          aria-label={request.purpose.kind === 'reconnect' ? 'Search nodes' : 'Search steps'}
          aria-expanded
          aria-controls={listId}
          aria-activedescendant={choices[active] && `${listId}-${active}`}
          placeholder={
            request.purpose.kind === 'reconnect'
              ? 'Connect elsewhere…'
              : request.purpose.kind === 'replace'
                ? 'Replace with…'
                : 'Search steps'
          }
          value={search}
          onChange={(event) => {
            setSearch(event.target.value);
            setActive(0);
          }}
          onKeyDown={handleKey}
          className="h-9 min-w-0 flex-1 bg-transparent text-sm outline-none"
        />
      </div>
      <div id={listId} role="listbox" aria-label="Steps" className="overflow-y-auto p-1">
        {choices.map((choice, index) => (
          <ChoiceRow
            key={choice.key}
            id={`${listId}-${index}`}
            choice={choice}
            isActive={index === active}
            onHover={() => setActive(index)}
            onChoose={() => choose(choice)}
          />
        ))}
        {choices.length === 0 && (
          <div role="option" aria-selected={false} aria-disabled className="text-ink-soft px-2 py-3 text-sm">
            {search ? `Nothing matches “${search}”.` : 'Nothing may stand here.'}
          </div>
        )}
      </div>
    </dialog>
  );
}

function ChoiceRow({
  id,
  choice,
  isActive,
  onHover,
  onChoose,
}: {
  id: string;
  choice: Choice;
  isActive: boolean;
  onHover: () => void;
  onChoose: () => void;
}) {
  return (
    // The keyboard goes through the search field (aria-activedescendant), so the row itself takes only the pointer.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      id={id}
      role="option"
      aria-label={choice.title}
      aria-selected={isActive}
      onPointerMove={onHover}
      onClick={onChoose}
      ref={(element) => {
        if (isActive) element?.scrollIntoView({ block: 'nearest' });
      }}
      className={classNames('flex cursor-default gap-2.5 rounded-sm px-2 py-1.5', isActive && 'bg-sunken')}
    >
      <CatalogIcon name={choice.icon} className="text-ink-soft mt-px shrink-0" />
      <span className="min-w-0">
        <span className="block text-sm font-medium">{choice.title}</span>
        <span className="text-ink-faint block text-xs">{choice.text}</span>
      </span>
    </div>
  );
}

function useChoices(purpose: StepMenuRequest['purpose']): Choice[] {
  const store = useEditorStore();
  const flow = useEditor((state) => state.document);
  const place = usePlace();
  if (purpose.kind === 'replace') return replacements(store, purpose.id);
  if (purpose.kind === 'reconnect') return otherEnds(flow, purpose.edgeId, store.getState().change);
  const additions = catalog
    .filter(({ type, role }) => {
      if (purpose.kind === 'add') return true;
      if (purpose.kind === 'splice') return whyNotSplice(type) === undefined;
      return purpose.kind === 'append' ? role !== 'sender' : role !== 'receiver';
    })
    .map(({ type, title, summary, icon }): Choice => ({
      key: type,
      title,
      text: summary,
      icon,
      choose: () => {
        if (purpose.kind === 'splice') place(type, { kind: 'edge', edgeId: purpose.edgeId });
        else if (purpose.kind === 'add') place(type, { kind: 'at', position: purpose.position });
        else if (purpose.kind === 'prepend') place(type, { kind: 'before', to: purpose.to, position: purpose.position });
        else place(type, { ...purpose, kind: 'after' });
      },
    }));
  if (purpose.kind === 'splice') return [...additions, ...movable(flow, purpose.edgeId, store.getState().change)];
  return purpose.kind === 'append' ? [...additions, ...existing(flow, purpose, store.getState().change)] : additions;
}

function replacements(store: EditorStore, id: string): Choice[] {
  return replacementsOf(store.getState().document, id).map(({ type, title, summary, icon }) => ({
    key: type,
    title,
    text: summary,
    icon,
    choose: () => {
      const { document: before, change, announce } = store.getState();
      const old = findNode(before, id);
      const after = replaceNode(before, id, type);
      if (!old || after === before) return;
      change(`Replace ${nameOf(old)}`, () => after);
      announce(`Replaced ${nameOf(old)} with ${title}`);
      const lost = before.edges.length - after.edges.length;
      if (lost > 0) toast({ text: `${title} has no output for ${countText(lost, 'connection')} of ${nameOf(old)}.`, tone: 'warn' });
    },
  }));
}

/** Where a connection may lead, and where it may come from instead. */
function otherEnds(
  flow: FlowDocument,
  edgeId: string,
  change: (label: string, change: (document: FlowDocument) => FlowDocument) => void,
): Choice[] {
  const edge = flow.edges.find((candidate) => candidate.id === edgeId);
  if (!edge) return [];
  const choice = (node: FlowNode, title: string, from: string, to: string, port: string | undefined): Choice[] => {
    if (whyNotConnect(flow, from, to, { port: port ?? '', without: edgeId }) !== undefined) return [];
    return [
      {
        key: `${from}-${port ?? ''}-${to}`,
        title,
        text: `${kindOf(node.type)} on the canvas`,
        icon: describeType(node.type)?.icon,
        choose: () => change('Reconnect', (document) => reconnect(document, edgeId, from, to, port)),
      },
    ];
  };
  const targets = flow.nodes.filter(({ id }) => id !== edge.to);
  return [
    ...targets.flatMap((node) => choice(node, `Lead to ${nameOf(node)}`, edge.from, node.id, edge.port)),
    ...flow.nodes.flatMap((node) =>
      portsOf(node).outputs.flatMap(({ port, label }) => {
        if (node.id === edge.from && port === (edge.port ?? '')) return [];
        return choice(node, `Come from ${nameOf(node)}${label === '' ? '' : `, ${label}`}`, node.id, edge.to, port);
      }),
    ),
  ];
}

/** Steps that are there already and may be moved into this connection. */
function movable(
  flow: FlowDocument,
  edgeId: string,
  change: (label: string, change: (document: FlowDocument) => FlowDocument) => void,
): Choice[] {
  return flow.nodes
    .filter((node) => moveIntoEdge(flow, node.id, edgeId) !== flow)
    .map((node) => ({
      key: node.id,
      title: `Move ${nameOf(node)} here`,
      text: `${kindOf(node.type)} on the canvas`,
      icon: describeType(node.type)?.icon,
      choose: () => change(`Move ${nameOf(node)}`, (document) => moveIntoEdge(document, node.id, edgeId)),
    }));
}

/** Nodes that are there already: the way to connect by keyboard. */
function existing(
  flow: FlowDocument,
  { from, port = openPort(flow, from) }: { from: string; port?: string },
  change: (label: string, change: (document: FlowDocument) => FlowDocument) => void,
): Choice[] {
  return flow.nodes
    .filter((node) => whyNotConnect(flow, from, node.id, { port }) === undefined)
    .map((node) => ({
      key: node.id,
      title: `Connect to ${nameOf(node)}`,
      text: `${kindOf(node.type)} on the canvas`,
      icon: describeType(node.type)?.icon,
      choose: () => change('Connect', (document) => connect(document, from, node.id, port)),
    }));
}
