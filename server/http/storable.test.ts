import { expect, it } from 'vitest';
import { findUnstorable } from './storable.ts';

it('passes what PostgreSQL can keep', () => {
  expect(findUnstorable({ a: ['x', 1, null, { b: 'Grüße 📬' }] })).toBeUndefined();
});

it('names the field that holds a NUL or half a character', () => {
  expect(findUnstorable({ draft: { nodes: [{ id: 'a\0' }] } })?.path).toBe('draft.nodes.0.id');
  expect(findUnstorable({ note: 'x\ud83d' })?.path).toBe('note');
  expect(findUnstorable({ config: { 'a\0b': 1 } })?.path).toBe('config');
});

it('refuses nesting without end, without running out of stack', () => {
  const deep: unknown = JSON.parse('['.repeat(500_000) + ']'.repeat(500_000));
  expect(findUnstorable(deep)?.message).toContain('deeper');
});
