import { describe, expect, test } from 'vitest';
import { checkFlow } from './check-flow.ts';
import type { FlowDocument } from './flow.ts';
import { fillIn } from './parameters.ts';

const drawing = (config: Record<string, unknown>, parameters: FlowDocument['parameters'] = []): FlowDocument => ({
  nodes: [
    { id: 'mail', type: 'mail-sender', position: { x: 0, y: 0 }, config: { address: 'mail.example.com', credential: 'orders', ...config } },
    { id: 'file', type: 'file-receiver', position: { x: 300, y: 0 }, config: { folder: 'in' } },
  ],
  edges: [{ id: 'mail--file', from: 'mail', to: 'file' }],
  parameters,
});
const parameter = (name: string, value?: string) => ({ name, description: '', default: value });
const facts = { credentials: [{ name: 'orders', allowedHosts: ['mail.example.com', 'test.example.com'] }] };
const found = (document: FlowDocument, values?: Record<string, string>) =>
  checkFlow(document, { ...facts, ...(values ? { values } : {}) }).map(({ nodeId, parameter: name, field, code }) =>
    [nodeId ?? name, field, code].join(' '),
  );

describe('values of parameters', () => {
  const filledIn = (config: Record<string, unknown>, values: Record<string, string>) =>
    fillIn(drawing(config, [parameter('host', 'mail.example.com'), parameter('most'), parameter('off')]), values).nodes[0]?.config;

  test('are filled into texts, else the default, and become what a field takes', () => {
    expect(
      filledIn({ address: '{{host}}:993', maxMessages: '{{most}}', autoDisconnect: '{{off}}' }, { most: '7', off: 'false' }),
    ).toMatchObject({
      address: 'mail.example.com:993',
      maxMessages: 7,
      autoDisconnect: false,
    });
  });

  test('reach into lists, and are not filled in twice', () => {
    expect(filledIn({ search: { from: '{{host}}' } }, { host: '{{most}}', most: '3' })).toMatchObject({ search: { from: '{{most}}' } });
  });

  test('leave \\{{name}} as the text {{name}}, also in a flow without parameters', () => {
    expect(filledIn({ description: '\\{{host}} is {{host}}' }, {})).toMatchObject({ description: '{{host}} is mail.example.com' });
    expect(fillIn(drawing({ description: '\\{{word}}' }), {}).nodes[0]?.config).toMatchObject({ description: '{{word}}' });
    expect(found(drawing({ description: '\\{{word}}' }))).toEqual([]);
  });

  test('leave a drawing that mentions none the very same', () => {
    const document = drawing({ description: '${header.subject}', search: { from: 'x' } }, [parameter('host', 'x')]);
    expect(fillIn(document, { host: 'y' })).toBe(document);
  });

  test('leave ${…} and what is not declared as it is', () => {
    expect(filledIn({ description: '${header.subject} {{other}} {{ host }} {{constructor}}' }, { other: 'x' })).toMatchObject({
      description: '${header.subject} {{other}} {{ host }} {{constructor}}',
    });
  });
});

describe('the check of a drawing', () => {
  test('looks at fields with their values: the same field is right with one and wrong with another', () => {
    const document = drawing({ maxMessages: '{{most}}' }, [parameter('most', '5')]);
    expect(found(document)).toEqual([]);
    expect(found(document, { most: '0' })).toEqual(['mail maxMessages FIELD_INVALID']);
    expect(found(document, { most: 'many' })).toEqual(['mail maxMessages FIELD_INVALID']);
  });

  test('says on the field that its parameter was deleted', () => {
    expect(found(drawing({ description: '{{gone}}' }))).toEqual(['mail description PARAMETER_MISSING']);
  });

  test('leaves a field alone whose value is given at Deploy, and misses the value there', () => {
    const document = drawing({ address: '{{host}}' }, [parameter('host')]);
    expect(found(document).filter((line) => line.startsWith('mail address'))).toEqual([]);
    expect(found(document, {})).toContain('mail address PARAMETER_WITHOUT_VALUE');
    expect(found(document, { host: 'test.example.com' })).toEqual([]);
    expect(found(document, { host: 'evil.example.com' })).toEqual(['mail credential CREDENTIAL_HOST_NOT_ALLOWED']);
  });

  test('names a parameter that no field uses', () => {
    expect(found(drawing({}, [parameter('spare', 'x')]))).toEqual(['spare  PARAMETER_UNUSED']);
  });
});
