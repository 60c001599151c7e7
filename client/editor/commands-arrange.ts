import type { FlowNode, Position } from '../../shared/flow.ts';
import { portsOf } from '../../shared/ports.ts';
import { toast } from '../ui/toast.tsx';
import type { Command, CommandTools, Target } from './commands.ts';
import { findNode, openPort } from './document.ts';
import { placesFor } from './move-into-edge.ts';
import { addNote, maxNotes } from './notes.ts';
import { replacementsOf } from './replace.ts';
import type { StepMenuRequest } from './store.ts';
import { onlyNode } from './target.ts';
import { tidy } from './tidy.ts';

/** What needs a place on the canvas or a choice in the menu of steps. */
export const arrangeCommands: Command[] = [
  {
    id: 'insert.here',
    title: 'Add a step…',
    group: 'Insert',
    keys: ['a'],
    icon: 'plus',
    isFor: ({ kind }) => kind === 'canvas',
    run: (tools, target) => {
      const at = placeOf(tools, target);
      openMenu(tools, at, { kind: 'add', position: tools.view.toDrawing(at) });
    },
  },
  {
    id: 'insert.after',
    title: 'Add a step after it…',
    group: 'Insert',
    keys: ['a'],
    icon: 'plus',
    isFor: (target, tools) => portsOfOnly(target, tools).length > 0,
    run: (tools, target) => {
      const from = onlyNode(target);
      if (from === undefined) return;
      const port = openPort(tools.store.getState().document, from);
      openMenu(tools, placeOf(tools, target), { kind: 'append', from, ...(port === '' ? {} : { port }) });
    },
  },
  {
    id: 'insert.into',
    title: 'Insert a step…',
    group: 'Insert',
    keys: ['a'],
    icon: 'plus',
    isFor: (target) => onlyEdge(target) !== undefined,
    run: (tools, target) => {
      const edgeId = onlyEdge(target);
      if (edgeId !== undefined) openMenu(tools, placeOf(tools, target), { kind: 'splice', edgeId });
    },
  },
  {
    id: 'insert.note',
    title: 'Add a note',
    group: 'Insert',
    icon: 'sticky-note',
    isFor: ({ kind }) => kind === 'canvas',
    run: (tools, target) => {
      const { document: before, change, select, set, announce } = tools.store.getState();
      const { document, id } = addNote(before, tools.view.toDrawing(placeOf(tools, target)));
      if (id === undefined) {
        toast({ text: `A flow holds up to ${maxNotes} notes.`, tone: 'warn' });
        return;
      }
      change('Add note', () => document);
      select({ nodeIds: new Set([id]) });
      set({ renamingId: id });
      announce('Added a note');
    },
  },
  {
    id: 'edit.replace',
    title: 'Replace with…',
    group: 'Edit',
    keys: ['r'],
    icon: 'replace',
    isFor: (target, { store }) => replacementsOf(store.getState().document, onlyNode(target) ?? '').length > 0,
    run: (tools, target) => {
      const id = onlyNode(target);
      if (id !== undefined) openMenu(tools, placeOf(tools, target), { kind: 'replace', id });
    },
  },
  {
    id: 'edit.connect',
    title: 'Connect…',
    group: 'Edit',
    keys: ['c'],
    icon: 'cable',
    isFor: (target) => onlyNode(target) !== undefined,
    run: (tools, target) => {
      const id = onlyNode(target);
      if (id !== undefined) openMenu(tools, placeOf(tools, target), { kind: 'connect', id });
    },
  },
  {
    id: 'edit.move-into',
    title: 'Move to another place…',
    group: 'Edit',
    keys: ['m'],
    icon: 'move-right',
    isFor: (target, { store }) => placesFor(store.getState().document, onlyNode(target) ?? '').length > 0,
    run: (tools, target) => {
      const id = onlyNode(target);
      if (id !== undefined) openMenu(tools, placeOf(tools, target), { kind: 'move', id });
    },
  },
  {
    id: 'edit.reconnect',
    title: 'Connect elsewhere…',
    group: 'Edit',
    keys: ['c'],
    icon: 'cable',
    isFor: (target) => onlyEdge(target) !== undefined,
    run: (tools, target) => {
      const edgeId = onlyEdge(target);
      if (edgeId !== undefined) openMenu(tools, placeOf(tools, target), { kind: 'reconnect', edgeId });
    },
  },
  {
    id: 'edit.tidy',
    title: 'Tidy up the selection',
    group: 'Edit',
    icon: 'wand-sparkles',
    isFor: (target) => target.kind === 'nodes' && target.ids.length > 1,
    run: ({ store }, target) => {
      if (target.kind === 'nodes') store.getState().change('Tidy up', (document) => tidy(document, new Set(target.ids)));
    },
  },
];

function onlyEdge(target: Target): string | undefined {
  return target.kind === 'edges' && target.ids.length === 1 ? target.ids[0] : undefined;
}

function portsOfOnly(target: Target, { store }: CommandTools): ReturnType<typeof portsOf>['outputs'] {
  const node: FlowNode | undefined = findNode(store.getState().document, onlyNode(target) ?? '');
  return node ? portsOf(node).outputs : [];
}

function openMenu({ store }: CommandTools, at: Position, purpose: StepMenuRequest['purpose']): void {
  store.getState().set({ stepMenu: { at, purpose } });
}

/** Where a menu about the target opens, in px of the window: at the pointer while that is on the target, else beside it. */
export function placeOf({ canvas, pointer }: CommandTools, target: Target): Position {
  const area = canvas.current;
  if (!area) return { x: 0, y: 0 };
  const [kind, id] =
    target.kind === 'nodes' ? ['node', target.ids[0]] : target.kind === 'edges' ? ['edge', target.ids[0]] : ['', undefined];
  const element = id === undefined ? null : area.querySelector(`.react-flow__${kind}[data-id="${CSS.escape(id)}"]`);
  const box = (element ?? area).getBoundingClientRect();
  if (pointer.current && isIn(box, pointer.current)) return pointer.current;
  return element ? { x: box.left + box.width / 2, y: box.bottom + 8 } : { x: box.left + box.width / 2, y: box.top + box.height / 3 };
}

function isIn(box: DOMRect, { x, y }: Position): boolean {
  return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
}
