import { describe, expect, test } from 'vitest';
import { initialConfig } from '../../shared/catalog/define.ts';
import { catalog } from '../../shared/catalog/index.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import { flowFileName, toFlowFile, type FileFlow } from '../../shared/flow-file.ts';
import { readFlowFile, writeFlowFile } from './flow-file-text.ts';

const sender = {
  id: 'mail',
  type: 'mail-sender',
  position: { x: 80, y: 160.5 },
  config: { protocol: 'imap4', address: 'mail.example.com' },
};
const router = {
  id: 'router',
  type: 'router',
  position: { x: 384, y: 160 },
  config: { routes: [{ port: 'r1', name: 'Orders', match: 'all', conditions: [{ subject: 'body', operator: 'exists', value: '' }] }] },
};
const http = { id: 'http', type: 'http-receiver', position: { x: 688, y: 160 }, config: { url: 'https://example.com/{{path}}' } };
const draft: FlowDocument = {
  nodes: [sender, router, http],
  edges: [
    { id: 'any', from: 'mail', to: 'router' },
    { id: 'other', from: 'router', to: 'http', port: 'r1' },
  ],
  settings: { messagesAtOnce: 4 },
  parameters: [{ name: 'path', description: 'Where to', default: 'in' }],
  notes: [{ id: 'n', position: { x: 0, y: 0 }, width: 200, height: 80, text: 'Two\nlines' }],
};
const flow: FileFlow = { name: 'Orders', description: 'Sorts: "orders"', draft };
const text = (given: FileFlow, format: 'yaml' | 'json' = 'yaml') => writeFlowFile(toFlowFile(given), format);

describe('a flow file', () => {
  test.each(['yaml', 'json'] as const)('is the same text after it was imported, as %s', (format) => {
    const once = text(flow, format);
    const read = readFlowFile(once);
    expect(read.problems).toEqual([]);
    expect(read.flow?.draft.nodes).toEqual(draft.nodes);
    expect(text(read.flow as FileFlow, format)).toBe(once);
  });

  test('is the same text whatever drawing was made of, and in whatever order fields were typed', () => {
    const words = [
      'yes',
      '0123',
      '~',
      ' x ',
      '#no',
      'a: b',
      '- c',
      '\u2028',
      '"\'',
      '',
      '1e3',
      'Zeile\n  zwei\n',
      '{{p}}',
      '*a',
      '&b',
      '😀',
    ];
    let seed = 7;
    const random = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
    for (let round = 0; round < 200; round += 1) {
      const nodes = catalog.slice(0, 1 + random(catalog.length)).map((description, index) => {
        const fields = Object.keys(description.config.shape).toSorted(() => random(3) - 1);
        const config = Object.fromEntries(fields.slice(0, random(6)).map((key) => [key, words[random(words.length)]]));
        return {
          id: `n${index}`,
          type: description.type,
          position: { x: random(900), y: random(900) },
          config: { ...initialConfig(description, { zone: 'UTC' }), ...config },
        };
      });
      const once = text({
        name: `Flow ${words[random(words.length)]}x`,
        description: words[random(words.length)] ?? '',
        draft: { nodes, edges: [] },
      });
      const read = readFlowFile(once);
      expect(read.problems, once).toEqual([]);
      expect(text(read.flow as FileFlow)).toBe(once);
    }
  });

  test('says everything that is wrong with it at once, and where', () => {
    const broken = [
      'mailroom: 1',
      'name: ""',
      'nodes:',
      '  - {id: a, type: time-machine, at: [0, 0]}',
      '  - {id: b, type: filter, at: [0], config: {}}',
      'edges:',
      '  - {from: a, to: b, colour: red}',
    ].join('\n');
    expect(readFlowFile(broken)).toEqual({
      problems: [
        expect.objectContaining({ path: ['name'], code: 'VALUE_INVALID', line: 2, column: 7 }),
        expect.objectContaining({ path: ['nodes', 1, 'at'], code: 'VALUE_INVALID', line: 5 }),
        expect.objectContaining({ path: ['edges', 0, 'colour'], code: 'KEY_UNKNOWN', line: 7 }),
      ],
    });
  });

  test('with what can not be drawn is refused, with a field nobody knows it is not', () => {
    const unknown = text({ ...flow, draft: { ...draft, edges: [...draft.edges, { id: 'x', from: 'http', to: 'nobody' }] } });
    expect(readFlowFile(unknown)).toEqual({
      problems: [expect.objectContaining({ code: 'EDGE_BROKEN', level: 'error', path: ['edges', 2] })],
    });
    const mistyped = text({ ...flow, draft: { ...draft, nodes: [{ ...sender, config: { adress: 'x' } }, router, http] } });
    expect(readFlowFile(mistyped)).toMatchObject({
      flow: { name: 'Orders' },
      problems: [{ code: 'FIELD_UNKNOWN', level: 'warning', line: 17 }],
    });
  });

  test.each([
    ['of a newer Mailroom', 'mailroom: 2\nname: X\nnodes: []\nedges: []\nwings: 2', 'FILE_NEWER'],
    ['that is no file', 'a: [1,', 'FILE_UNREADABLE'],
    ['with a key twice', 'mailroom: 1\nname: a\nname: b\nnodes: []\nedges: []', 'FILE_UNREADABLE'],
    ['that refers to itself', 'mailroom: 1\nname: &a x\ndescription: *a\nnodes: []\nedges: []', 'FILE_HAS_ALIASES'],
    ['that is too deep', `${'['.repeat(5_000)}${']'.repeat(5_000)}`, 'FILE_TOO_DEEP'],
    ['that is too large', 'x'.repeat(2_000_001), 'FILE_TOO_LARGE'],
    ['that is empty', '', 'VALUE_INVALID'],
  ])('%s is refused in words', (_what, given, code) => {
    const { flow: read, problems } = readFlowFile(given);
    expect(read).toBeUndefined();
    expect(problems[0]).toMatchObject({ code, level: 'error' });
    expect(problems[0]?.remedy).toMatch(/./);
  });

  test('is named after its flow', () => {
    expect(flowFileName('Bestellungen für Müller & Söhne', 'yaml')).toBe('bestellungen-fur-muller-sohne.flow.yaml');
    expect(flowFileName('…', 'json')).toBe('flow.flow.json');
  });
});
