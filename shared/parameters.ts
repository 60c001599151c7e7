import { fieldsOf, type AnyDescription } from './catalog/define.ts';
import { flowSettings } from './catalog/flow-settings.ts';
import { describeType } from './catalog/index.ts';
import type { FlowDocument } from './flow.ts';

/** Values of externalised parameters, by name. */
export type ParameterValues = Readonly<Record<string, string>>;

/** What a deployment is given, with the defaults of the drawing where it names none. */
export function valuesFor({ parameters = [] }: FlowDocument, given: ParameterValues): ParameterValues {
  const known = parameters.map(({ name, default: value }) => [name, given[name] ?? value] as const);
  return Object.fromEntries(known.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/**
 * The drawing as it runs: `{{name}}` in its fields stands for the value of a parameter. What has no value stays as it is written;
 * `${…}`, which is filled in for each message, is not touched.
 */
export function fillIn(document: FlowDocument, given: ParameterValues): FlowDocument {
  if (document.parameters === undefined || document.parameters.length === 0) return document;
  const values = valuesFor(document, given);
  const { settings } = document;
  return {
    ...document,
    nodes: document.nodes.map((node) => {
      const description = describeType(node.type);
      return description ? { ...node, config: resolveTyped(description, node.config, values) } : node;
    }),
    ...(settings ? { settings: resolveTyped(flowSettings, settings, values) } : {}),
  };
}

/** Where a whole field is one parameter, its value becomes what the field takes: a number, for example. */
export function resolveTyped(
  description: AnyDescription,
  typed: Record<string, unknown>,
  values: ParameterValues,
): Record<string, unknown> {
  const types = new Map(fieldsOf(description).map(({ key, type }) => [key, type]));
  return Object.fromEntries(
    Object.entries(typed).map(([key, value]) => {
      const filled = replaceIn(value, values);
      const type = types.get(key);
      if (filled === value || typeof filled !== 'string' || !type || type.safeParse(filled).success) return [key, filled];
      const meant = [filled.trim() === '' ? undefined : Number(filled), filled === 'true' ? true : filled === 'false' ? false : undefined];
      return [key, meant.find((candidate) => candidate !== undefined && type.safeParse(candidate).success) ?? filled];
    }),
  );
}

const mention = /\{\{([A-Za-z][\w.-]{0,63})\}\}/g;

/** Names of the parameters a value mentions, at any depth. */
export function mentionedIn(value: unknown): string[] {
  if (typeof value === 'string') return [...value.matchAll(mention)].map(([, name = '']) => name);
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(mentionedIn);
}

function replaceIn(value: unknown, values: ParameterValues): unknown {
  if (typeof value === 'string')
    return value.replace(mention, (whole, name: string) => (Object.hasOwn(values, name) ? (values[name] ?? whole) : whole));
  if (typeof value !== 'object' || value === null || mentionedIn(value).length === 0) return value;
  if (Array.isArray(value)) return value.map((item) => replaceIn(item, values));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceIn(item, values)]));
}
