import type { Command } from './commands.ts';
import type { EditorStore } from './store.ts';
import { tidy } from './tidy.ts';

const isForCanvas: Command['isFor'] = ({ kind }) => kind === 'canvas';

/** What concerns the flow as a whole. */
export const flowCommands: Command[] = [
  {
    id: 'flow.save',
    title: 'Save',
    group: 'Flow',
    keys: ['Mod+s'],
    reach: 'everywhere',
    icon: 'save',
    isFor: isForCanvas,
    run: ({ save }) => save(),
  },
  {
    id: 'flow.simulate',
    title: 'Simulate',
    group: 'Flow',
    keys: ['Mod+Enter'],
    reach: 'typing',
    icon: 'flask-conical',
    isFor: isForCanvas,
    run: ({ store }) => void simulateAgain(store),
  },
  {
    id: 'flow.deploy',
    title: 'Deploy',
    group: 'Flow',
    icon: 'rocket',
    isFor: isForCanvas,
    run: ({ deploy }) => deploy(),
  },
  {
    id: 'flow.tidy',
    title: 'Tidy up',
    group: 'Flow',
    icon: 'wand-sparkles',
    isFor: isForCanvas,
    run: ({ store }) => store.getState().change('Tidy up', (document) => tidy(document)),
  },
  {
    id: 'flow.problems',
    title: 'Show or hide problems',
    group: 'Flow',
    icon: 'circle-alert',
    isFor: isForCanvas,
    isReadOnlySafe: true,
    run: ({ store }) => store.getState().set({ isProblemsOpen: !store.getState().isProblemsOpen }),
  },
  {
    id: 'flow.parameters',
    title: 'Parameters',
    group: 'Flow',
    icon: 'braces',
    isFor: isForCanvas,
    run: ({ store }) => store.getState().openPanel({ kind: 'parameters' }),
  },
  {
    id: 'flow.settings',
    title: 'Flow settings',
    group: 'Flow',
    icon: 'settings-2',
    isFor: isForCanvas,
    run: ({ store }) => store.getState().openFlowSettings(),
  },
];

/** The panel asks for the mail; with the one of before it runs at once. */
async function simulateAgain(store: EditorStore): Promise<void> {
  const isOpen = store.getState().sidePanel?.kind === 'simulate';
  store.getState().openPanel({ kind: 'simulate' });
  const { simulationOf } = await import('../simulate/simulation.ts');
  const simulation = simulationOf(store);
  if (isOpen || simulation.getState().run) simulation.start();
}
