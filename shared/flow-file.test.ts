import { describe, expect, test } from 'vitest';
import type { FlowDocument } from './flow.ts';
import { fromFile, toFile } from './flow-file.ts';

const draft: FlowDocument = {
  nodes: [
    { id: 'mail', type: 'mail-sender', position: { x: 80, y: 160 }, config: { credential: 'orders', address: 'mail.example.com' } },
    { id: 'file', type: 'file-receiver', position: { x: 440, y: 160 }, config: {} },
  ],
  edges: [{ id: 'anything', from: 'mail', to: 'file' }],
};
const file = toFile({ name: 'Orders', description: '', draft });

describe('a flow as a file', () => {
  test('has its fields in the order of the form and nothing that is empty', () => {
    expect(JSON.stringify(file)).toBe(
      '{"mailroom":1,"name":"Orders","nodes":[{"id":"mail","type":"mail-sender","at":[80,160],"config":{"address":"mail.example.com","credential":"orders"}},{"id":"file","type":"file-receiver","at":[440,160]}],"edges":[{"from":"mail","to":"file"}]}',
    );
  });

  test('comes back as the same drawing, with the ids of connections that the canvas gives', () => {
    const { flow, problems } = fromFile(file);
    expect(problems).toEqual([]);
    expect(flow).toEqual({ name: 'Orders', description: '', draft: { ...draft, edges: [{ id: 'mail--file', from: 'mail', to: 'file' }] } });
  });

  test('keeps what is hidden at the moment: another value of a parameter may show it', () => {
    const hidden = { ...draft.nodes[0], config: { protocol: 'pop3', folder: 'Orders' } } as FlowDocument['nodes'][0];
    expect(toFile({ name: 'x', description: '', draft: { nodes: [hidden], edges: [] } }).nodes[0]?.config).toEqual(hidden.config);
  });
});

describe('a file that is wrong', () => {
  const codes = (value: unknown) => fromFile(value).problems.map(({ path, code }) => `${path} ${code}`);

  test('of a newer Mailroom gets one problem, whatever else it holds', () => {
    expect(codes({ mailroom: 2, nodes: 'all new' })).toEqual(['mailroom FILE_NEWER']);
  });

  test.each([[null], ['text'], [[]], [{}], [{ mailroom: '1' }], [{ mailroom: 0 }]])('%j is no flow', (value) => {
    expect(fromFile(value).problems).toMatchObject([{ code: 'FILE_NOT_A_FLOW' }]);
  });

  test('gets everything at once, and no flow', () => {
    const wrong = {
      ...file,
      name: '',
      colour: 'red',
      settings: { messagesAtOnes: 3 },
      nodes: [
        { id: 'mail', type: 'mail-sender', at: [1, 2], config: { adress: 'x' } },
        { id: 'mail', type: 'fax-sender', at: [1, 'two'] },
      ],
      edges: [
        { from: 'mail', to: 'nowhere' },
        { from: 'mail', to: 'nowhere' },
      ],
    };
    expect(fromFile(wrong).flow).toBeUndefined();
    expect(codes(wrong).sort()).toEqual([
      'colour FILE_FIELD_UNKNOWN',
      'edges.0.to FILE_NODE_MISSING',
      'edges.1.to FILE_NODE_MISSING',
      'edges.1.to FILE_TWICE',
      'name FILE_INVALID',
      'nodes.0.config.adress FILE_FIELD_UNKNOWN',
      'nodes.1.at.1 FILE_INVALID',
      'nodes.1.id FILE_TWICE',
      'nodes.1.type FILE_TYPE_UNKNOWN',
      'settings.messagesAtOnes FILE_FIELD_UNKNOWN',
    ]);
  });
});
