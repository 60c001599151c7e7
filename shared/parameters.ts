import type { FlowDocument } from './flow.ts';

/** Values of externalised parameters, by name. */
export type ParameterValues = Readonly<Record<string, string>>;

/** What a deployment is given, with the defaults of the drawing where it names none. */
export function valuesFor({ parameters = [] }: FlowDocument, given: ParameterValues): ParameterValues {
  const known = parameters.map(({ name, default: value }) => [name, given[name] ?? value] as const);
  return Object.fromEntries(known.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
