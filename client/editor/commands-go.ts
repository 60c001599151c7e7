import type { Command, CommandTools, Target } from './commands.ts';
import { findNode, nameOf } from './document.ts';
import { directionOf, neighbour } from './neighbours.ts';
import { findNote } from './notes.ts';
import { countText } from './roles.ts';
import type { EditorStore } from './store.ts';
import { currentNode, onlyNode } from './target.ts';

/** Ways through the drawing. */
export const goCommands: Command[] = [
  {
    id: 'go.properties',
    title: 'Open properties',
    group: 'Go',
    keys: ['Enter', ' '],
    icon: 'sliders-horizontal',
    isFor: (target) => onlyNode(target) !== undefined,
    run: ({ store }, target) => {
      const { document, openProperties, set } = store.getState();
      const id = onlyNode(target);
      // A note has nothing but its text.
      if (id !== undefined && findNote(document, id)) set({ renamingId: id });
      else openProperties(id ?? null);
    },
  },
  {
    id: 'go.along',
    title: 'Go along the flow',
    group: 'Go',
    keys: ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'],
    isKeyOnly: true,
    isReadOnlySafe: true,
    run: goAlong,
  },
  {
    id: 'go.extend',
    title: 'Select the next node, too',
    group: 'Go',
    keys: ['Shift+ArrowLeft', 'Shift+ArrowRight', 'Shift+ArrowUp', 'Shift+ArrowDown'],
    isKeyOnly: true,
    isFor: ({ kind }) => kind === 'nodes',
    run: extend,
  },
  {
    id: 'go.connection',
    title: 'Go to its connections',
    group: 'Go',
    keys: ['e'],
    isKeyOnly: true,
    isFor: (target, tools) => edgesAt(tools, target).length > 0,
    run: goToEdge,
  },
  {
    id: 'go.out',
    title: 'Close, deselect',
    group: 'Go',
    keys: ['Escape'],
    reach: 'typing',
    isKeyOnly: true,
    run: ({ store }) => escape(store),
  },
];

function goAlong({ store, view }: CommandTools, target: Target, key = ''): void {
  const flow = store.getState().document;
  const direction = directionOf(key);
  const edge = target.kind === 'edges' ? flow.edges.find(({ id }) => id === target.ids[0]) : undefined;
  if (edge) return view.goTo(direction === 'left' || direction === 'up' ? edge.from : edge.to);
  const here = currentNode(store, target);
  const next = here === undefined ? flow.nodes[0] : neighbour(flow, here, direction);
  if (next) view.goTo(next.id);
}

function extend({ store, view }: CommandTools, target: Target, key = ''): void {
  if (target.kind !== 'nodes') return;
  const { document: flow, select, announce, set } = store.getState();
  const here = currentNode(store, target) ?? target.ids.at(-1);
  const next = here === undefined ? undefined : neighbour(flow, here, directionOf(key));
  if (!next) return;
  const nodeIds = new Set([...target.ids, next.id]);
  select({ nodeIds });
  set({ rovingId: next.id });
  view.focus(next.id);
  announce(`${nameOf(next)} added, ${countText(nodeIds.size, 'node')} selected`);
}

/** The connections of the node that the keyboard is at, or whose connection it is at: those out of it first. */
function edgesAt({ store }: CommandTools, target: Target): string[] {
  const { document: flow, rovingId } = store.getState();
  const here = target.kind === 'nodes' ? currentNode(store, target) : (rovingId ?? undefined);
  if (here === undefined || !findNode(flow, here)) return [];
  const [out, into] = [flow.edges.filter(({ from }) => from === here), flow.edges.filter(({ to }) => to === here)];
  return [...out, ...into].map(({ id }) => id);
}

function goToEdge(tools: CommandTools, target: Target): void {
  const ids = edgesAt(tools, target);
  const at = target.kind === 'edges' ? ids.indexOf(target.ids[0] ?? '') : -1;
  const next = ids[(at + 1) % ids.length];
  if (next === undefined) return;
  tools.store.getState().select({ edgeIds: new Set([next]) });
  tools.view.focusEdge(next);
}

function escape(store: EditorStore): void {
  const state = store.getState();
  if (state.stepMenu || state.paletteDrag) state.set({ stepMenu: null, paletteDrag: null });
  else if (state.openNodeId !== null || state.isFlowOpen) state.openProperties(null);
  else if (state.sidePanel) state.openPanel(null);
  else state.select({});
}
