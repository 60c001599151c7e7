import { arrangeCommands } from './commands-arrange.ts';
import { editCommands } from './commands-edit.ts';
import { flowCommands } from './commands-flow.ts';
import { goCommands } from './commands-go.ts';
import { viewCommands } from './commands-view.ts';
import type { Command, CommandTools, Target } from './commands.ts';

/** In the order of menus and of the sheet. */
export const commands: Command[] = [...arrangeCommands, ...editCommands, ...viewCommands, ...flowCommands, ...goCommands];

/** What can be done with the target, for a menu. */
export function commandsFor(target: Target, tools: CommandTools, { isReadOnly }: { isReadOnly: boolean }): Command[] {
  return commands.filter((command) => !command.isKeyOnly && mayRun(command, target, tools, isReadOnly));
}

/** The commands of a key press, as `keyOf` writes it: one, or one for each kind of thing it may be about. */
export function commandsOfKey(key: string): Command[] {
  return commands.filter((command) => !command.areKeysNative && command.keys?.includes(key));
}

/** The command that a key calls: for what it is about, else for the drawing as a whole. */
export function commandForKey(
  key: string,
  target: Target,
  tools: CommandTools,
  isReadOnly: boolean,
): { command: Command; target: Target } | undefined {
  const found = commandsOfKey(key);
  for (const about of [target, { kind: 'canvas' as const }]) {
    const command = found.find((candidate) => mayRun(candidate, about, tools, isReadOnly));
    if (command) return { command, target: about };
  }
  return undefined;
}

export function mayRun(command: Command, target: Target, tools: CommandTools, isReadOnly: boolean): boolean {
  return (!isReadOnly || command.isReadOnlySafe === true) && (command.isFor?.(target, tools) ?? true);
}
