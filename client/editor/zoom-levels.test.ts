import { expect, test } from 'vitest';
import { enlargement, farLevel } from './zoom-levels.ts';

test('a small drawing is drawn in full until its nodes are less than 44 px wide', () => {
  expect([1, 0.36, 0.2, 0.19, 0.1, 0.05].map((zoom) => farLevel(zoom, 20))).toEqual([0, 0, 0, 2, 3, 4]);
});

test('a large drawing becomes plain where names can’t be read any more', () => {
  expect([1, 0.35, 0.34, 0.25, 0.1, 0.05].map((zoom) => farLevel(zoom, 1_000))).toEqual([0, 0, 1, 2, 3, 4]);
});

test('a target of 28 px is never less than 24 px on the screen', () => {
  for (let zoom = 0.04; zoom <= 2; zoom += 0.01) expect(28 * zoom * enlargement(zoom)).toBeGreaterThanOrEqual(24 - 1e-9);
  expect(enlargement(1)).toBe(1);
  expect(enlargement(0.9)).toBe(1);
});
