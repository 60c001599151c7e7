import { createContext, useContext } from 'react';
import { commandsFor } from './command-list.ts';
import type { Command, CommandTools, Target } from './commands.ts';

/** What commands work with in this editor, and whether they may change the drawing. */
export const CommandsContext = createContext<{ tools: CommandTools; isReadOnly: boolean } | null>(null);

export function useCommandTools(): { tools: CommandTools; isReadOnly: boolean } {
  const context = useContext(CommandsContext);
  if (!context) throw new Error('No flow is open here');
  return context;
}

export interface BoundCommand extends Omit<Command, 'run' | 'isFor'> {
  run: () => void;
}

/** What can be done with a target now, for a menu; the state of the drawing at the time of the call decides. */
export function useCommandsFor(): (target: Target) => BoundCommand[] {
  const { tools, isReadOnly } = useCommandTools();
  return (target) => commandsFor(target, tools, { isReadOnly }).map((command) => ({ ...command, run: () => command.run(tools, target) }));
}
