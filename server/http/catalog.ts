import { z } from 'zod';
import { fieldsOf, type AnyDescription } from '../../shared/catalog/define.ts';
import { catalog } from '../../shared/catalog/index.ts';
import type { Handlers } from './route.ts';

/** What can be drawn, for programs that draw: the JSON Schema of every adapter's and step's configuration. */
export function catalogRoutes(): Pick<Handlers, 'getCatalog'> {
  const items = catalog.map((description) => ({
    type: description.type,
    role: description.role,
    title: description.title,
    summary: description.summary,
    config: configSchema(description),
  }));
  return { getCatalog: async () => ({ items, nextCursor: null }) };
}

function configSchema(description: AnyDescription): Record<string, unknown> {
  const properties = fieldsOf(description).map(({ key, type, info }) => {
    const schema = z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' });
    delete schema.$schema;
    const help = [info.help, info.unit && `In ${info.unit}.`, info.whenText && `Only when ${info.whenText}.`].filter(Boolean).join(' ');
    return [key, { title: info.label, ...(help ? { description: help } : {}), ...schema }] as const;
  });
  return { type: 'object', properties: Object.fromEntries(properties) };
}
