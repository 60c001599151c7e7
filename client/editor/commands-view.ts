import { canvasSettings, isMapShown, setCanvasSettings } from './canvas-settings.ts';
import type { Command } from './commands.ts';

const isForCanvas: Command['isFor'] = ({ kind }) => kind === 'canvas';

/** What is seen of the drawing, and how. */
export const viewCommands: Command[] = [
  {
    id: 'view.commands',
    title: 'Commands',
    group: 'View',
    keys: ['Mod+k'],
    reach: 'typing',
    isKeyOnly: true,
    isFor: isForCanvas,
    isReadOnlySafe: true,
    run: ({ store }) => store.getState().set({ overlay: 'commands' }),
  },
  {
    id: 'view.search',
    title: 'Find in the flow',
    group: 'View',
    keys: ['Mod+f'],
    reach: 'typing',
    icon: 'search',
    isFor: isForCanvas,
    isReadOnlySafe: true,
    run: ({ store, canvas }) => {
      store.getState().set({ isSearchOpen: true });
      // It is open already, and the focus elsewhere.
      canvas.current?.querySelector<HTMLInputElement>('search input')?.select();
    },
  },
  {
    id: 'view.outline',
    title: 'Outline',
    group: 'View',
    keys: ['o'],
    reach: 'editor',
    icon: 'list-tree',
    isFor: isForCanvas,
    isReadOnlySafe: true,
    run: ({ store }) => {
      const { sidePanel, openNodeId, isFlowOpen, openPanel } = store.getState();
      const isShown = sidePanel?.kind === 'outline' && openNodeId === null && !isFlowOpen;
      openPanel(isShown ? null : { kind: 'outline' });
    },
  },
  {
    id: 'view.fit',
    title: 'Fit to view',
    group: 'View',
    keys: ['1', '0'],
    icon: 'maximize',
    isReadOnlySafe: true,
    run: ({ view }) => view.fit(),
    isFor: isForCanvas,
  },
  {
    id: 'view.zoom-to',
    title: 'Zoom to the selection',
    group: 'View',
    keys: ['z'],
    icon: 'scan-search',
    isFor: ({ kind }) => kind === 'nodes',
    isReadOnlySafe: true,
    run: ({ view }, target) => view.fit(target.kind === 'nodes' ? target.ids : undefined),
  },
  {
    id: 'view.zoom-in',
    title: 'Zoom in',
    group: 'View',
    keys: ['+'],
    icon: 'zoom-in',
    isFor: isForCanvas,
    isReadOnlySafe: true,
    run: ({ view }) => view.zoomIn(),
  },
  {
    id: 'view.zoom-out',
    title: 'Zoom out',
    group: 'View',
    keys: ['-'],
    icon: 'zoom-out',
    isFor: isForCanvas,
    isReadOnlySafe: true,
    run: ({ view }) => view.zoomOut(),
  },
  {
    id: 'view.map',
    title: 'Show or hide the map',
    group: 'View',
    icon: 'map',
    value: ({ store }) => (isMapShown(canvasSettings(), store.getState().document.nodes.length) ? 'on' : 'off'),
    isFor: isForCanvas,
    isReadOnlySafe: true,
    run: ({ store }) => {
      const isShown = isMapShown(canvasSettings(), store.getState().document.nodes.length);
      setCanvasSettings({ map: isShown ? 'off' : 'on' });
    },
  },
  {
    id: 'view.wheel',
    title: 'Let the wheel zoom or pan',
    group: 'View',
    icon: 'mouse',
    value: () => (canvasSettings().wheel === 'zoom' ? 'zooms' : 'pans'),
    isFor: isForCanvas,
    isReadOnlySafe: true,
    run: ({ store }) => {
      const wheel = canvasSettings().wheel === 'pan' ? 'zoom' : 'pan';
      setCanvasSettings({ wheel });
      store.getState().announce(wheel === 'zoom' ? 'The wheel zooms' : 'The wheel pans');
    },
  },
  {
    id: 'view.guides',
    title: 'Switch guides on or off',
    group: 'View',
    icon: 'ruler',
    value: () => (canvasSettings().hasGuides ? 'on' : 'off'),
    isFor: isForCanvas,
    run: ({ store }) => {
      const hasGuides = !canvasSettings().hasGuides;
      setCanvasSettings({ hasGuides });
      store.getState().announce(hasGuides ? 'Guides are on' : 'Guides are off');
    },
  },
  {
    id: 'view.shortcuts',
    title: 'Shortcuts',
    group: 'View',
    keys: ['?'],
    reach: 'editor',
    icon: 'keyboard',
    isFor: isForCanvas,
    isReadOnlySafe: true,
    run: ({ store }) => store.getState().set({ overlay: 'shortcuts' }),
  },
];
