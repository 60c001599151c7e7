import { describe, expect, it } from 'vitest';
import { commands, commandsOfKey, mayRun } from './command-list.ts';
import type { CommandTools } from './commands.ts';
import { createEditorStore } from './store.ts';

describe('the list of commands', () => {
  it('names each command once', () => {
    const ids = commands.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
  });

  it('gives each key to one command for each kind of thing', () => {
    const store = createEditorStore({
      nodes: [
        { id: 'mail', type: 'mail-sender', position: { x: 0, y: 0 }, config: {} },
        { id: 'filter', type: 'filter', position: { x: 304, y: 0 }, config: {} },
        { id: 'http', type: 'http-receiver', position: { x: 608, y: 0 }, config: {} },
      ],
      edges: [
        { id: 'a', from: 'mail', to: 'filter' },
        { id: 'b', from: 'filter', to: 'http' },
      ],
    });
    const tools = { store } as CommandTools;
    for (const target of [
      { kind: 'canvas' as const },
      { kind: 'nodes' as const, ids: ['filter'] },
      { kind: 'nodes' as const, ids: ['filter', 'http'] },
      { kind: 'edges' as const, ids: ['a'] },
    ]) {
      const keys = commands.filter((command) => mayRun(command, target, tools, false)).flatMap((command) => command.keys ?? []);
      expect(keys).toEqual([...new Set(keys)]);
    }
  });

  it('finds a command by its key, but leaves to the browser what it makes an event of', () => {
    expect(commandsOfKey('Mod+z').map(({ id }) => id)).toEqual(['edit.undo']);
    expect(commandsOfKey('Mod+c')).toEqual([]);
    expect(commandsOfKey('x')).toEqual([]);
  });
});
