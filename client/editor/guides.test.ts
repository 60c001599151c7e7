import { describe, expect, it } from 'vitest';
import { alignTo, boxAround } from './guides.ts';

const box = (x: number, y: number, height = 64) => ({ x, y, width: 216, height });

describe('alignTo', () => {
  it('jumps to the edge of a neighbour within 6 px and says where the line runs', () => {
    const { by, lines } = alignTo(box(304, 5), [box(0, 0)]);
    expect(by).toEqual({ x: 0, y: -5 });
    expect(lines).toContainEqual({ axis: 'y', at: 0, from: 0, to: 520 });
    expect(lines.every(({ axis }) => axis === 'y')).toBe(true);
  });

  it('stays where it is when nothing is that near', () => {
    expect(alignTo(box(304, 7), [box(0, 0)])).toEqual({ by: { x: 0, y: 0 }, lines: [] });
  });

  it('lines up the middles of nodes of different heights', () => {
    const { by, lines } = alignTo(box(304, 42), [box(0, 0, 142)]);
    expect(by.y).toBe(-3);
    expect(lines).toEqual([{ axis: 'y', at: 71, from: 0, to: 520 }]);
  });

  it('goes to the nearest line of several and aligns both ways at once', () => {
    const { by } = alignTo(box(300, 4), [box(0, 0), box(600, 6), box(296, 200)]);
    expect(by).toEqual({ x: -4, y: 2 });
  });

  it('draws one line through all that stand on it', () => {
    const { lines } = alignTo(box(304, 0), [box(0, 0), box(600, 0)]);
    expect(lines.filter(({ at }) => at === 0)).toEqual([{ axis: 'y', at: 0, from: 0, to: 816 }]);
  });

  it('would rather have a connection straight than stand in line with a neighbour', () => {
    const line = { axis: 'y' as const, at: 71, from: 216, to: 304 };
    const wires = [
      { by: 3, line },
      { by: 40, line: { ...line, at: 97 } },
    ];
    expect(alignTo(box(308, 36), [box(0, 35)], wires)).toMatchObject({ by: { y: 3 }, lines: [line] });
    expect(alignTo(box(308, 20), [box(0, 18)], wires.slice(1)).by.y).toBe(-2);
  });

  it('leaves out what is far away', () => {
    expect(alignTo(box(5_000, 3), [box(0, 0)]).by.y).toBe(0);
  });
});

describe('boxAround', () => {
  it('holds all boxes', () => {
    expect(boxAround([box(0, 0), box(304, 96)])).toEqual({ x: 0, y: 0, width: 520, height: 160 });
    expect(boxAround([])).toBeUndefined();
  });
});
