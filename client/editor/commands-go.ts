import type { Command, CommandTools, Target } from './commands.ts';
import { neighbour, type Direction } from './neighbours.ts';
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
    run: ({ store }, target) => store.getState().openProperties(onlyNode(target) ?? null),
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
  const here = currentNode(target);
  const next = here === undefined ? flow.nodes[0] : neighbour(flow, here, directionOf(key));
  if (next) view.goTo(next.id);
}

function directionOf(key: string): Direction {
  if (key.endsWith('Left')) return 'left';
  if (key.endsWith('Right')) return 'right';
  return key.endsWith('Up') ? 'up' : 'down';
}

function escape(store: EditorStore): void {
  const state = store.getState();
  if (state.stepMenu || state.paletteDrag) state.set({ stepMenu: null, paletteDrag: null });
  else if (state.openNodeId !== null || state.isFlowOpen) state.openProperties(null);
  else state.select({});
}
