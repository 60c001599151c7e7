import { describe, expect, it } from 'vitest';
import { isMapShown, mapFromNodes, settingsFrom } from './canvas-settings.ts';

describe('settingsFrom', () => {
  it('reads what was kept and falls back for what it can not read', () => {
    expect(settingsFrom('{"wheel":"zoom","map":"off","hasGuides":false}')).toEqual({ wheel: 'zoom', map: 'off', hasGuides: false });
    const standard = { wheel: 'pan', map: 'auto', hasGuides: true };
    for (const text of [null, '', '{', '[]', 'null', '7', '{"wheel":"fly","map":3}']) expect(settingsFrom(text)).toEqual(standard);
  });
});

describe('isMapShown', () => {
  it('shows the map by itself only in a drawing that is hard to survey', () => {
    const auto = settingsFrom(null);
    expect(isMapShown(auto, mapFromNodes - 1)).toBe(false);
    expect(isMapShown(auto, mapFromNodes)).toBe(true);
    expect(isMapShown({ ...auto, map: 'off' }, 500)).toBe(false);
    expect(isMapShown({ ...auto, map: 'on' }, 1)).toBe(true);
  });
});
