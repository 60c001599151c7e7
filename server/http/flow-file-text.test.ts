import { describe, expect, test } from 'vitest';
import type { FlowDocument } from '../../shared/flow.ts';
import { toFile } from '../../shared/flow-file.ts';
import { readText, writeText } from './flow-file-text.ts';

/** Numbers from 0 to 1, the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const awkward = [
  '', ' ', 'yes', 'no', 'null', '~', '1e3', '0x10', '1.0', '-', '- a', '? b', ': c', '# d', 'a: b', 'a #b', '{{name}}', '${header.subject}',
  '"', "'", '\\', '\t', ' lead', 'trail ', 'two\nlines', 'two\n\n\nlines\n', '\n', '\r\n', 'a\rb', '  indented\n less', '\u0085', '\u2028', '\uFEFFbom',
  '%TAG', '---', '...', '<<', '&a', '*a', '!tag', '[', '{', '2026-11-25', '👍', 'é', '\u0000', '\u001B', 'x'.repeat(300), '__proto__', '> folded\n  text ',
]; // prettier-ignore

function randomFlow(random: () => number) {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const text = () => pick(awkward) + pick(awkward);
  const config = {
    'mail-sender': () => ({
      description: text(),
      address: text(),
      timeoutMs: pick([30_000, '{{ms}}', -0, 1.5]),
      search: { from: text(), subject: text() },
      credential: text(),
    }),
    'content-modifier': () => ({ assignments: [{ value: text(), name: 'a', target: 'header' }], bodyKind: 'set', body: text() }),
    filter: () => ({ conditions: [{ value: text(), operator: 'contains', subject: 'body' }], name: text() }),
    'file-receiver': () => ({ folder: text(), content: pick(['mime', 'nonsense', null]), name: text() }),
  };
  const types = Object.keys(config) as (keyof typeof config)[];
  const nodes = Array.from({ length: 1 + Math.floor(random() * 6) }, (_, index) => {
    const type = pick(types);
    return {
      id: `n${index}`,
      type,
      position: { x: Math.round(random() * 1e4) / 8, y: -Math.round(random() * 100) },
      config: config[type](),
    };
  });
  const draft: FlowDocument = {
    nodes,
    edges: nodes.slice(1).map((node, index) => ({
      id: text(),
      from: `n${index}`,
      to: node.id,
      ...(random() < 0.3 ? { port: pick(awkward.slice(2, 9)) } : {}),
    })),
    ...(random() < 0.5 ? { settings: { messagesAtOnce: 3 } } : {}),
    ...(random() < 0.5 ? { parameters: [{ name: 'ms', description: text(), default: text() }] } : {}),
    ...(random() < 0.5 ? { notes: [{ id: 'note', position: { x: 1, y: 2 }, width: 100, height: 50, text: text() }] } : {}),
  };
  return { name: `x${text()}`.slice(0, 200).trim(), description: text(), draft };
}

/** As PostgreSQL gives a drawing back: its keys in another order. */
const shuffled = <T>(value: T): T =>
  (Array.isArray(value)
    ? value.map(shuffled)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .toReversed()
            .map(([key, item]) => [key, shuffled(item)]),
        )
      : value) as T;

describe('export, import, export', () => {
  test.each(['yaml', 'json'] as const)('gives the same bytes of %s, whatever people have typed', (format) => {
    const random = seeded(4_711);
    for (let round = 0; round < 400; round += 1) {
      const flow = randomFlow(random);
      const text = writeText(toFile(flow), format);
      const read = readText(text);
      expect(read.problems, text).toEqual([]);
      expect(read.flow?.draft.nodes).toEqual(JSON.parse(JSON.stringify(flow.draft.nodes)));
      expect(writeText(toFile(shuffled(read.flow ?? flow)), format)).toBe(text);
    }
  });
});

describe('a text that is wrong', () => {
  const found = (text: string) => readText(text).problems.map(({ line, column, code }) => `${line}:${column} ${code}`);

  test('gets a line and a column for each problem', () => {
    const text =
      'mailroom: 1\nname: Orders\nnodes:\n  - id: mail\n    type: fax\n    at: [1, 2]\n  - id: mail\n    type: filter\n    at: [1]\nedges:\n  - from: mail\n    to: x\n';
    expect(found(text).sort()).toEqual(['12:5 FILE_NODE_MISSING', '5:5 FILE_TYPE_UNKNOWN', '7:5 FILE_TWICE', '9:5 FILE_INVALID']);
  });

  test.each([
    ['a bracket that is never closed', 'mailroom: 1\nnodes: [', 'FILE_NOT_READABLE'],
    ['JSON that was cut off', '{"mailroom": 1, "nodes": [', 'FILE_NOT_READABLE'],
    ['a tag that would make an object', 'mailroom: !!js/function "x"', 'FILE_NOT_READABLE'],
    ['two documents', 'mailroom: 1\n---\nmailroom: 1\n', 'FILE_NOT_READABLE'],
    ['a key given twice', 'mailroom: 1\nname: a\nname: b\n', 'FILE_KEY_TWICE'],
    ['a repetition by name', 'a: &a [x]\nb: *a\n', 'FILE_ALIAS'],
    ['nothing', '', 'FILE_NOT_A_FLOW'],
    ['a picture', '\u0089PNG\r\n\u001A\n\u0000\u0000', 'FILE_'],
  ])('%s is told', (_what, text, code) => {
    const { flow, problems } = readText(text);
    expect(flow).toBeUndefined();
    expect(problems.map((problem) => problem.code).join()).toContain(code);
  });

  test.each([
    ['is too large', 'x'.repeat(2_000_001)],
    ['grows by repetitions', `a: &a [x, x]\n${Array.from({ length: 60 }, (_, n) => `k${n}: &b${n} [*a, *a]`).join('\n')}`],
    ['is nested by brackets', '['.repeat(500_000)],
    ['is nested by spaced braces', '{ a: '.repeat(200_000)],
    ['is nested by dashes', '- '.repeat(500_000)],
    ['is nested by indentation', Array.from({ length: 1_500 }, (_, n) => `${' '.repeat(n)}k:`).join('\n')],
    ['has very many keys', Array.from({ length: 150_000 }, (_, n) => `k${n}: 1`).join('\n')],
    ['has very many wrong nodes', `mailroom: 1\nnodes:\n${'  - {}\n'.repeat(100_000)}`],
  ])('that %s is refused within seconds', (_what, text) => {
    const { flow, problems } = readText(text);
    expect(flow).toBeUndefined();
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(200);
  });
});
