import type { RefObject } from 'react';
import type { Position } from '../../shared/flow.ts';
import type { EditorStore } from './store.ts';
import type { Place } from './use-place.ts';

/**
 * Everything that can be done to a drawing, by name: shortcuts, their sheet, the command palette, context menu, selection toolbar and
 * outline are made of this one list. A room adds its own by exporting a list of commands, which `command-list.ts` names.
 */
export interface Command {
  id: string;
  title: string;
  group: CommandGroup;
  /** As `keyOf` writes a key press; several where any of them will do, or where the command looks at which it was. */
  keys?: string[];
  /** Where its keys work; absent: on the canvas. */
  reach?: Reach;
  /** The browser makes an event of its own of these keys, as for copy; they are named here for the sheet only. */
  areKeysNative?: boolean;
  /** Only its keys call it: in a menu it would say nothing. */
  isKeyOnly?: boolean;
  /** Name of a lucide icon, as in the catalog. */
  icon?: string;
  /** What a setting is set to, written beside it in menus. */
  value?: (tools: CommandTools) => string;
  /** Absent: for everything. */
  isFor?: (target: Target, tools: CommandTools) => boolean;
  /** It changes nothing of the drawing. */
  isReadOnlySafe?: boolean;
  /** @param key what was pressed, where it was a key of the command */
  run: (tools: CommandTools, target: Target, key?: string) => void;
}

export const commandGroups = ['Edit', 'Insert', 'View', 'Flow', 'Go'] as const;
export type CommandGroup = (typeof commandGroups)[number];

/** What a command is about. */
export type Target =
  | { kind: 'canvas'; at?: Position }
  /** Connections, too, where both are selected. */
  | { kind: 'nodes'; ids: string[]; edgeIds?: string[] }
  | { kind: 'edges'; ids: string[] };

/**
 * Each reaches as far as those before it: on the canvas, which is also where the focus is nowhere; in the whole editor but not where
 * text is typed; in its text fields; in dialogs and menus.
 */
export const reaches = ['canvas', 'editor', 'typing', 'everywhere'] as const;
export type Reach = (typeof reaches)[number];

/** What commands work with. */
export interface CommandTools {
  store: EditorStore;
  canvas: RefObject<HTMLElement | null>;
  /** Where the pointer was last, in px of the window. */
  pointer: RefObject<Position | undefined>;
  view: {
    /** @param nodeIds absent: the whole drawing */
    fit: (nodeIds?: string[]) => void;
    /** Pans until a node is seen. */
    show: (nodeId: string) => void;
    /** Pans until a node is seen, and gives it the focus. */
    focus: (nodeId: string) => void;
    /** Gives a connection the focus. */
    focusEdge: (edgeId: string) => void;
    /** Selects a node, pans until it is seen, and gives it the focus. */
    goTo: (nodeId: string) => void;
    zoomIn: () => void;
    zoomOut: () => void;
    /** From px of the window to the drawing. */
    toDrawing: (at: Position) => Position;
  };
  place: (type: string, place: Place) => void;
  save: () => void;
  /** Asks what is to be asked and deploys; says what is in the way. */
  deploy: () => void;
}
