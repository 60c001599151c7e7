import { describe, expect, it } from 'vitest';
import { commandOfKey, commands } from './command-list.ts';

describe('the list of commands', () => {
  it('names each command once', () => {
    const ids = commands.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
  });

  it('gives each key to one command', () => {
    const keys = commands.flatMap((command) => command.keys ?? []);
    expect(keys).toEqual([...new Set(keys)]);
  });

  it('finds a command by its key, but leaves to the browser what it makes an event of', () => {
    expect(commandOfKey('Mod+z')?.id).toBe('edit.undo');
    expect(commandOfKey('Mod+c')).toBeUndefined();
    expect(commandOfKey('x')).toBeUndefined();
  });
});
