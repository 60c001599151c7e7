import { expect, test } from 'vitest';
import type { Role } from '../../shared/catalog/define.ts';
import { catalog } from '../../shared/catalog/index.ts';
import { steps } from '../steps/index.ts';
import { receivers, senders } from './index.ts';

const behaviours: Record<Role, { type: string }[]> = { sender: senders, step: steps, receiver: receivers };

test.each<Role>(['sender', 'step', 'receiver'])(
  'each %s of the catalog has exactly one behaviour, and each behaviour a description',
  (role) => {
    const described = catalog.filter((description) => description.role === role).map(({ type }) => type);
    expect(behaviours[role].map(({ type }) => type).sort()).toEqual(described.sort());
  },
);

test('no two descriptions share a type', () => {
  const types = catalog.map(({ type }) => type);
  expect(new Set(types).size).toBe(types.length);
});
