import { expect, test } from 'vitest';
import type { MaterialTestLine } from '../../shared/api/material.ts';
import { outcomeOf } from './test-outcome.ts';

const use = { flowId: null, flowName: '', nodeId: null, nodeName: '', field: '', isDeployed: true, isDrawn: true };
const lines = (...states: MaterialTestLine['state'][]) =>
  states.map((state, index): MaterialTestLine => ({ index, use, state, sentence: '', error: null }));

test.each([
  [lines(), 'Nothing names it: there is nothing to try it with.'],
  [lines('good'), 'It works.'],
  [lines('good', 'good'), 'It works in 2 of 2 places.'],
  [lines('good', 'skipped'), 'It works in 1 of 2 places, 1 not tried.'],
  [lines('failed'), 'It fails in 1 of 1 place.'],
  [lines('good', 'failed', 'skipped', 'failed'), 'It fails in 2 of 4 places, 1 not tried.'],
])('%#: what a test came to is said in a sentence', (given, words) => {
  expect(outcomeOf(given)).toBe(words);
});
