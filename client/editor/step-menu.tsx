import { useEffect, useRef } from 'react';
import { catalog } from '../../shared/catalog/index.ts';
import { portsOf, whyNotConnect } from '../../shared/ports.ts';
import type { FlowDocument, FlowNode } from '../../shared/flow.ts';
import { describeType } from '../../shared/catalog/index.ts';
import { toast } from '../ui/toast.tsx';
import { ChoiceList } from './choice-list.tsx';
import type { Choice } from './choices.ts';
import { connect, findNode, nameOf, openPort, reconnect, whyNotSplice } from './document.ts';
import { moveIntoEdge, placesFor } from './move-into-edge.ts';
import { replaceNode, replacementsOf } from './replace.ts';
import { countText, kindOf } from './roles.ts';
import { useEditor, useEditorStore, type EditorStore, type StepMenuRequest } from './store.ts';
import { usePlace } from './use-place.ts';

const titles: Record<StepMenuRequest['purpose']['kind'], string> = {
  splice: 'Add a step',
  append: 'Add a step',
  prepend: 'Add a step',
  add: 'Add a step',
  replace: 'Replace with another step',
  reconnect: 'Connect elsewhere',
  connect: 'Connect',
  move: 'Move to another place',
};
const placeholders: Partial<typeof titles> = {
  replace: 'Replace with…',
  reconnect: 'Connect elsewhere…',
  connect: 'Connect…',
  move: 'Move between…',
};

/** A searchable list of what may stand at one place of the flow; opened by "+", by a port and by a wire let go on empty canvas. */
export function StepMenu() {
  const request = useEditor((state) => state.stepMenu);
  return request && <OpenStepMenu key={JSON.stringify(request)} request={request} />;
}

function OpenStepMenu({ request }: { request: StepMenuRequest }) {
  const store = useEditorStore();
  const panel = useRef<HTMLDialogElement>(null);
  const opener = useRef(document.activeElement);
  const choices = useChoices(request.purpose);

  useEffect(() => {
    const handlePointer = (event: PointerEvent) => {
      if (event.target instanceof Node && !panel.current?.contains(event.target)) store.getState().set({ stepMenu: null });
    };
    // Captured, because the canvas keeps pointer events for itself.
    window.addEventListener('pointerdown', handlePointer, true);
    return () => window.removeEventListener('pointerdown', handlePointer, true);
  }, [store]);

  const close = (chosen?: Choice) => {
    store.getState().set({ stepMenu: null });
    if (opener.current instanceof HTMLElement || opener.current instanceof SVGElement) opener.current.focus({ preventScroll: true });
    chosen?.choose();
  };

  return (
    <dialog
      open
      ref={panel}
      aria-label={titles[request.purpose.kind]}
      style={{ left: Math.min(request.at.x, window.innerWidth - 300), top: Math.min(request.at.y, window.innerHeight - 340) }}
      className="border-line bg-raised text-ink fixed m-0 z-40 flex max-h-80 w-72 flex-col rounded-lg border shadow-lg"
    >
      <ChoiceList
        label="Steps"
        placeholder={placeholders[request.purpose.kind] ?? 'Search steps'}
        choices={choices}
        emptyText="Nothing may stand here."
        onClose={close}
      />
    </dialog>
  );
}

type Change = (label: string, change: (document: FlowDocument) => FlowDocument) => void;

function useChoices(purpose: StepMenuRequest['purpose']): Choice[] {
  const store = useEditorStore();
  const flow = useEditor((state) => state.document);
  const place = usePlace();
  if (purpose.kind === 'replace') return replacements(store, purpose.id);
  if (purpose.kind === 'reconnect') return otherEnds(flow, purpose.edgeId, store.getState().change);
  if (purpose.kind === 'connect') return connections(flow, purpose.id, store.getState().change);
  if (purpose.kind === 'move') return places(flow, purpose.id, store.getState().change);
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
function otherEnds(flow: FlowDocument, edgeId: string, change: Change): Choice[] {
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

/** What a node may be connected to, out of each of its outputs and into it. */
function connections(flow: FlowDocument, id: string, change: Change): Choice[] {
  const choice = (from: FlowNode, to: FlowNode, { port, label }: { port: string; label: string }): Choice[] => {
    if (whyNotConnect(flow, from.id, to.id, { port }) !== undefined) return [];
    const [other, way] = from.id === id ? [to, 'to'] : [from, 'from'];
    const by = label === '' ? '' : from.id === id ? `${label}: ` : `, ${label}`;
    return [
      {
        key: `${from.id}-${port}-${to.id}`,
        title: way === 'to' ? `${by}to ${nameOf(other)}` : `from ${nameOf(other)}${by}`,
        text: kindOf(other.type),
        icon: describeType(other.type)?.icon,
        group: way === 'to' ? 'Out of it' : 'Into it',
        choose: () => change('Connect', (document) => connect(document, from.id, to.id, port)),
      },
    ];
  };
  const node = findNode(flow, id);
  if (!node) return [];
  return [
    ...portsOf(node).outputs.flatMap((output) => flow.nodes.flatMap((other) => choice(node, other, output))),
    ...flow.nodes.flatMap((other) => portsOf(other).outputs.flatMap((output) => choice(other, node, output))),
  ];
}

/** The connections that a step may be taken into. */
function places(flow: FlowDocument, id: string, change: Change): Choice[] {
  const node = findNode(flow, id);
  if (!node) return [];
  return placesFor(flow, id).flatMap((edge) => {
    const [from, to] = [findNode(flow, edge.from), findNode(flow, edge.to)];
    if (!from || !to) return [];
    return [
      {
        key: edge.id,
        title: `${nameOf(from)} → ${nameOf(to)}`,
        icon: 'move-right',
        choose: () => change(`Move ${nameOf(node)}`, (document) => moveIntoEdge(document, id, edge.id)),
      },
    ];
  });
}

/** Steps that are there already and may be moved into this connection. */
function movable(flow: FlowDocument, edgeId: string, change: Change): Choice[] {
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
function existing(flow: FlowDocument, { from, port = openPort(flow, from) }: { from: string; port?: string }, change: Change): Choice[] {
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
