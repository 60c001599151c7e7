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

/** The command of a key press, as `keyOf` writes it. */
export function commandOfKey(key: string): Command | undefined {
  return commands.find((command) => !command.areKeysNative && command.keys?.includes(key));
}

export function mayRun(command: Command, target: Target, tools: CommandTools, isReadOnly: boolean): boolean {
  return (!isReadOnly || command.isReadOnlySafe === true) && (command.isFor?.(target, tools) ?? true);
}
