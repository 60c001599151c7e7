import { z } from 'zod';
import { fieldsOf, type AnyDescription } from './catalog/define.ts';
import { flowSettings } from './catalog/flow-settings.ts';
import { catalog } from './catalog/index.ts';
import { flowFileSchema } from './flow-file.ts';

/** JSON Schema (draft 2020-12) of a flow file, for editors: the fields of each type with their help. */
export function flowFileSchemaDocument(): Record<string, unknown> {
  const whole = schemaOf(flowFileSchema);
  const properties = whole['properties'] as Record<string, Record<string, unknown>>;
  const node = properties['nodes']?.['items'] as Record<string, unknown>;
  const perType = catalog.map((description) => ({
    if: { properties: { type: { const: description.type } } },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { properties: { config: configOf(description) } },
  }));
  const nodeProperties = node['properties'] as Record<string, unknown>;
  const items = {
    ...node,
    properties: { ...nodeProperties, type: { enum: catalog.map(({ type }) => type) } },
    allOf: perType,
  };
  return {
    ...whole,
    $id: 'https://mailroom.invalid/schemas/flow.json',
    title: 'Integration flow of Mailroom',
    properties: { ...properties, settings: configOf(flowSettings), nodes: { ...properties['nodes'], items } },
  };
}

function configOf(description: AnyDescription): Record<string, unknown> {
  const fields = fieldsOf(description).map(({ key, type, info }) => {
    const { $schema: _, ...schema } = schemaOf(type);
    return [key, { title: info.label, ...(info.help ? { description: info.help } : {}), anyOf: [schema, parameter] }];
  });
  return {
    type: 'object',
    title: description.title,
    description: description.summary,
    properties: Object.fromEntries(fields),
    additionalProperties: false,
  };
}

const parameter = { type: 'string', pattern: '\\{\\{[A-Za-z][\\w.-]*\\}\\}', description: 'The value of a parameter' };

function schemaOf(type: z.ZodType): Record<string, unknown> {
  return { ...z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' }) };
}
