import { expect, test } from 'vitest';
import type { SimulatedStep, Snapshot } from '../../shared/api/simulations.ts';
import { differenceOf, folded, snapshotsOf } from './message-difference.ts';

const snapshot = (part: Partial<Snapshot> = {}): Snapshot => ({
  headers: {},
  properties: {},
  body: { contentType: 'text/plain', text: '', characters: 0, isCut: false },
  attachments: [],
  leftOut: 0,
  ...part,
});
const body = (text: string) => ({ contentType: 'text/plain', text, characters: text.length, isCut: false });
const step = (position: number, from: number | null, message: SimulatedStep['message']): SimulatedStep => ({
  position,
  from,
  message,
  nodeId: `n${position}`,
  name: '',
  edgeId: null,
  port: null,
  outcome: 'completed',
  summary: '',
  error: null,
  startedAt: '2026-11-26T00:00:00.000Z',
  endedAt: null,
  call: null,
});

test('headers and properties are told as added, changed and removed', () => {
  const { headers, properties } = differenceOf(
    snapshot({ headers: { subject: 'a', from: 'x', to: 'y' }, properties: { n: 1 } }),
    snapshot({ headers: { subject: 'b', from: 'x', kind: 'order' }, properties: { n: 1, list: [1, 2] } }),
  );
  expect(headers).toEqual([
    { name: 'subject', kind: 'changed', before: 'a', after: 'b' },
    { name: 'from', kind: 'same', after: 'x' },
    { name: 'kind', kind: 'added', after: 'order' },
    { name: 'to', kind: 'removed', before: 'y' },
  ]);
  expect(properties).toEqual([
    { name: 'n', kind: 'same', after: '1' },
    { name: 'list', kind: 'added', after: '[1,2]' },
  ]);
});

test('a header that is named like a part of every object is one like any other', () => {
  const { headers } = differenceOf(snapshot(), snapshot({ headers: { constructor: 'x' } }));
  expect(headers).toEqual([{ name: 'constructor', kind: 'added', after: 'x' }]);
});

test('the body is told line by line, whatever its line ends', () => {
  const { body: lines, isBodyChanged } = differenceOf(
    snapshot({ body: body('a\r\nb\r\nc\r\n') }),
    snapshot({ body: body('a\r\nB\r\nc\r\n') }),
  );
  expect(isBodyChanged).toBe(true);
  expect(lines).toEqual([
    { kind: 'same', text: 'a' },
    { kind: 'removed', text: 'b' },
    { kind: 'added', text: 'B' },
    { kind: 'same', text: 'c' },
  ]);
});

test('bodies that have nothing in common are shown one after the other', () => {
  const text = (word: string) => Array.from({ length: 5_000 }, (_, index) => `${word} ${index}`).join('\n');
  const { body: lines } = differenceOf(snapshot({ body: body(text('a')) }), snapshot({ body: body(text('b')) }));
  expect(lines.map(({ kind }) => kind)).toEqual([
    ...Array.from({ length: 5_000 }, () => 'removed'),
    ...Array.from({ length: 5_000 }, () => 'added'),
  ]);
});

test('equal lines far from a change are folded', () => {
  const lines = ['a', 'b', 'c', 'd', 'e', 'f'].map((text) => ({ kind: 'same' as const, text }));
  expect(folded([...lines, { kind: 'added', text: 'x' }])).toEqual([4, ...lines.slice(4), { kind: 'added', text: 'x' }]);
  expect(folded(lines)).toEqual([6]);
});

test('a step that tells only what it changed has the rest of what it was given', () => {
  const first = snapshot({ headers: { subject: 'a' }, body: body('one') });
  const found = snapshotsOf([step(0, null, first), step(1, 0, { body: body('two') }), step(2, 1, null), step(3, 0, {})]);
  expect(found.get(1)).toEqual({ before: first, after: { ...first, body: body('two') } });
  expect(found.get(2)).toEqual({ before: { ...first, body: body('two') }, after: null });
  expect(found.get(3)).toEqual({ before: first, after: first });
});

test('a change behind what is shown of a body is told, and so is one of two files with the same name', () => {
  const cut = () => ({ contentType: 'text/plain', text: 'the beginning', characters: 100_000, isCut: true });
  expect(differenceOf(snapshot({ body: cut() }), snapshot({ body: cut() }))).toMatchObject({
    isBodyChanged: false,
    isBodyChangedBeyond: true,
  });
  const same = cut();
  expect(differenceOf(snapshot({ body: same }), snapshot({ body: same }))).toMatchObject({ isBodyChangedBeyond: false });

  const file = (index: number) => ({ index, name: 'image001.png', contentType: 'image/png', sizeBytes: 1, disposition: 'inline' as const });
  const { attachments } = differenceOf(snapshot({ attachments: [file(0), file(1)] }), snapshot({ attachments: [file(0)] }));
  expect(attachments.map(({ name, kind }) => [name, kind])).toEqual([
    ['image001.png', 'same'],
    ['image001.png (2)', 'removed'],
  ]);
});
