import { fieldsOf, type AnyDescription } from './catalog/define.ts';
import { flowSettings } from './catalog/flow-settings.ts';
import { describeType } from './catalog/index.ts';
import type { FlowDocument } from './flow.ts';

/** Values of externalised parameters, by name. */
export type ParameterValues = Readonly<Record<string, string>>;

/** What a deployment is given, with the defaults of the drawing where it names none. */
export function valuesFor({ parameters = [] }: FlowDocument, given: ParameterValues): ParameterValues {
  const known = parameters.map(({ name, default: value }) => [name, Object.hasOwn(given, name) ? given[name] : value] as const);
  return Object.fromEntries(known.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/**
 * The drawing as it runs: `{{name}}` in its fields stands for the value of a parameter. What has no value stays as it is written;
 * `${…}`, which is filled in for each message, is not touched. `\{{name}}` is the text `{{name}}`.
 */
export function fillIn(document: FlowDocument, given: ParameterValues): FlowDocument {
  const values = valuesFor(document, given);
  const { settings } = document;
  const nodes = document.nodes.map((node) => {
    const description = describeType(node.type);
    const config = description ? resolveTyped(description, node.config, values) : node.config;
    return config === node.config ? node : { ...node, config };
  });
  const filled = settings && resolveTyped(flowSettings, settings, values);
  if (filled === settings && nodes.every((node, index) => node === document.nodes[index])) return document;
  return { ...document, nodes, ...(filled ? { settings: filled } : {}) };
}

/** At least as long as what `fillIn` adds to a drawing, in characters: a long value that is named often fills a memory. */
export function filledLength(document: FlowDocument, given: ParameterValues): number {
  const longest = Math.max(0, ...Object.values(valuesFor(document, given)).map(({ length }) => length));
  return longest * mentionedIn([document.nodes, document.settings]).length;
}

/** Where a whole field is one parameter, its value becomes what the field takes: a number, for example. */
export function resolveTyped(
  description: AnyDescription,
  typed: Record<string, unknown>,
  values: ParameterValues,
): Record<string, unknown> {
  const replaced = replaceIn(typed, values) as Record<string, unknown>;
  if (replaced === typed) return typed;
  const types = new Map(fieldsOf(description).map(({ key, type }) => [key, type]));
  return Object.fromEntries(
    Object.entries(replaced).map(([key, filled]) => {
      const type = types.get(key);
      if (filled === typed[key] || typeof filled !== 'string' || !type || type.safeParse(filled).success) return [key, filled];
      const meant = [filled.trim() === '' ? undefined : Number(filled), filled === 'true' ? true : filled === 'false' ? false : undefined];
      return [key, meant.find((candidate) => candidate !== undefined && type.safeParse(candidate).success) ?? filled];
    }),
  );
}

const mention = /(\\?)\{\{([A-Za-z][\w.-]{0,63})\}\}/g;

/** Names of the parameters a value mentions, at any depth. */
export function mentionedIn(value: unknown): string[] {
  if (typeof value === 'string') return [...value.matchAll(mention)].flatMap(([, escape, name = '']) => (escape ? [] : [name]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(mentionedIn);
}

/** The very value where there is nothing to replace. */
function replaceIn(value: unknown, values: ParameterValues): unknown {
  if (typeof value === 'string') {
    return value.replace(mention, (whole, escape: string, name: string) => {
      if (escape) return whole.slice(1);
      return Object.hasOwn(values, name) ? (values[name] ?? whole) : whole;
    });
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => replaceIn(item, values));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  const entries = Object.entries(value).map(([key, item]) => [key, replaceIn(item, values), item] as const);
  return entries.some(([, filled, item]) => filled !== item) ? Object.fromEntries(entries.map(([key, filled]) => [key, filled])) : value;
}
