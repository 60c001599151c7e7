import { expect, test } from 'vitest';
import { messageHeaders } from './message-headers.ts';

const allowed = (pattern: string, name: string) =>
  Object.keys(messageHeaders([{ name, value: 'x', raw: 'x' }], pattern, true)).length === 1;

test.each([
  ['*', 'X-Order', true],
  ['x-order', 'X-Order', true],
  ['X-ORDER', 'x-order', true],
  ['X-Invoice | X-Order', 'X-Order', true],
  ['X-*', 'X-Order', true],
  ['*-Order', 'X-Order', true],
  ['x*d*r', 'X-Order', true],
  ['x*x', 'X', false],
  ['x-*-order', 'x-order', false],
  ['X-Ord', 'X-Order', false],
  ['X.Order', 'X-Order', false],
  ['', 'X-Order', false],
  ['|', 'X-Order', false],
  ['', 'Subject', true],
])('Allowed Headers %j and the header %s', (pattern, name, isAllowed) => {
  expect(allowed(pattern, name)).toBe(isAllowed);
});

test('no pattern and no name makes it run away', () => {
  const started = performance.now();
  expect(allowed(`${'*a'.repeat(1_900)}*b`, 'a'.repeat(100_000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(1_000);
});
