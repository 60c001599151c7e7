import { describe, expect, it } from 'vitest';
import { keyCaps, keyOf } from './keys.ts';

const press = (key: string, held: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey', boolean>> = {}) =>
  keyOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

describe('keyOf', () => {
  it('takes Ctrl and ⌘ for the same, and letters without their case', () => {
    expect(press('z', { ctrlKey: true })).toBe('Mod+z');
    expect(press('z', { metaKey: true })).toBe('Mod+z');
    expect(press('Z')).toBe('z');
    expect(press('Z', { ctrlKey: true, shiftKey: true })).toBe('Mod+Shift+z');
  });

  it('leaves out Shift where it is only the way to a sign', () => {
    expect(press('?', { shiftKey: true })).toBe('?');
    expect(press('ArrowLeft', { shiftKey: true })).toBe('Shift+ArrowLeft');
  });
});

describe('keyCaps', () => {
  it('names what stands on the keys', () => {
    expect(keyCaps('Mod+Shift+z')).toEqual(['Ctrl', 'Shift', 'Z']);
    expect(keyCaps('Alt+ArrowLeft')).toEqual(['Alt', '←']);
    expect(keyCaps('+')).toEqual(['+']);
    expect(keyCaps('Mod++')).toEqual(['Ctrl', '+']);
    expect(keyCaps('F2')).toEqual(['F2']);
  });
});
