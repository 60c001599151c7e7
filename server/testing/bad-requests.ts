import { z } from 'zod';
import type { Route, StreamRoute } from '../../shared/api/route.ts';

/** Requests that are wrong in one way, made from the schemas of a route. */

type JsonSchema = z.core.JSONSchema.BaseSchema;

export const unknownId = '01890000-0000-7000-8000-000000000000';

/** The path with ids that name nothing. */
export function pathOf(route: Pick<Route, 'path' | 'params'>): string {
  const { properties = {} } = schemaOf(route.params);
  return route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(sample(properties[name] ?? {}))));
}

/** A value that the schema lets through; short texts, first choices, least numbers. */
export function sampleOf(type: z.ZodType): unknown {
  return type instanceof z.ZodNull ? undefined : sample(schemaOf(type));
}

/** Whether a body of the wrong type can be told from a right one. */
export function takesBody(route: Route | StreamRoute): boolean {
  return !(route.body instanceof z.ZodNull) && !('bodyType' in route);
}

function schemaOf(type: z.ZodType): JsonSchema {
  return z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' });
}

function sample(schema: JsonSchema | boolean): unknown {
  if (typeof schema === 'boolean') return {};
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.default !== undefined) return schema.default;
  const [choice] = schema.anyOf ?? schema.oneOf ?? [];
  if (choice) return sample(choice);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => sample(part)));
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object': {
      const { properties = {}, required = [] } = schema;
      return Object.fromEntries(required.map((name) => [name, sample(properties[name] ?? {})]));
    }
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => sample((schema.items as JsonSchema | undefined) ?? {}));
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return false;
    case 'null':
      return null;
    default:
      return text(schema);
  }
}

function text({ format, minLength = 0, pattern }: JsonSchema): string {
  if (format === 'uuid') return unknownId;
  if (format === 'date-time') return '2026-01-01T00:00:00.000Z';
  if (format === 'email') return 'nobody@example.com';
  if (format === 'uri') return 'https://example.com/';
  if (pattern === '^[0-9a-f]{64}$') return '0'.repeat(64);
  if (pattern !== undefined && new RegExp(pattern).test('1')) return '1';
  return 'x'.repeat(Math.max(1, minLength));
}
