import type { Position } from '../../shared/flow.ts';

/**
 * Everything that can be done to a drawing, by name: shortcuts, their sheet, the command palette, context menu, selection toolbar and
 * outline are made of this one list. A room adds its own by exporting a list of commands, which `command-list.ts` names.
 */
export interface Command {
  id: string;
  title: string;
  group: 'Edit' | 'Insert' | 'View' | 'Flow' | 'Go';
  /** As `KeyboardEvent.key`, letters in lower case, with `Mod+`, `Shift+`, `Alt+` before it. */
  keys?: string[];
  /** Name of a lucide icon, as in the catalog. */
  icon?: string;
  /** Absent: for everything. */
  isFor?: (target: Target) => boolean;
  /** It changes nothing of the drawing. */
  isReadOnlySafe?: boolean;
  run: (target: Target) => void;
}

/** What a command is about. */
export type Target = { kind: 'canvas'; at?: Position } | { kind: 'nodes'; ids: string[] } | { kind: 'edge'; id: string };
