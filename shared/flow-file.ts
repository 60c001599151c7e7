import { z } from 'zod';
import { documentSchema } from './api/drawings.ts';
import { fieldsOf, type AnyDescription } from './catalog/define.ts';
import { flowSettings } from './catalog/flow-settings.ts';
import { catalog, describeType } from './catalog/index.ts';
import type { FlowDocument, FlowEdge, FlowNode, Position } from './flow.ts';

/** A flow as a file: what can be kept under version control and carried to another Mailroom. Secrets are not in it, only their names. */

export const fileVersion = 1;

/** Something wrong with a file. `path` leads to it as `nodes.0.config.address` does; '' is the whole file. */
export interface FileProblem {
  path: string;
  /** Both from 1; absent where the file has no text. */
  line?: number | undefined;
  column?: number | undefined;
  /** Of a file with an error nothing is imported. */
  level: 'error' | 'warning';
  code: string;
  message: string;
  remedy: string;
}

/** What a file holds. */
export interface FlowContent {
  name: string;
  description: string;
  draft: FlowDocument;
}

const document = documentSchema.shape;
const node = document.nodes.element.shape;
const edge = document.edges.element.shape;
const note = document.notes.unwrap().element.shape;
const place = z.tuple([z.number(), z.number()]);

/** The shape of a file, apart from the fields of each type of node. Unknown keys are mistakes: they would be lost without a word. */
export const flowFileSchema = z.strictObject({
  mailroom: z.literal(fileVersion),
  name: z.string().trim().min(1, 'must not be empty').max(200),
  description: z.string().max(2_000).optional(),
  parameters: document.parameters
    .unwrap()
    .element.extend({ description: z.string().max(500).optional() })
    .strict()
    .array()
    .max(100)
    .optional(),
  settings: document.settings,
  nodes: z.array(z.strictObject({ id: node.id, type: node.type, at: place, config: node.config.optional() })).max(1_000),
  edges: z
    .array(z.strictObject({ from: edge.from, port: edge.port, to: edge.to }))
    .max(5_000)
    .optional(),
  notes: z
    .array(z.strictObject({ id: note.id, at: place, size: z.tuple([note.width, note.height]), text: note.text }))
    .max(200)
    .optional(),
});
export type FlowFile = z.output<typeof flowFileSchema>;

/** The one file that stands for a flow: keys in a fixed order, nothing that is empty. */
export function toFile({ name, description, draft }: FlowContent): FlowFile {
  const { nodes, edges, settings = {}, parameters = [], notes = [] } = draft;
  const kept = tidyConfig(flowSettings, settings);
  return {
    mailroom: fileVersion,
    name,
    ...(description === '' ? {} : { description }),
    ...(parameters.length === 0
      ? {}
      : {
          parameters: parameters.map((parameter) => ({
            name: parameter.name,
            ...(parameter.description === '' ? {} : { description: parameter.description }),
            ...(parameter.default === undefined ? {} : { default: parameter.default }),
          })),
        }),
    ...(isEmpty(kept) ? {} : { settings: kept }),
    nodes: nodes.map(({ id, type, position, config }) => {
      const fields = tidyConfig(describeType(type), config);
      return { id, type, at: placeOf(position), ...(isEmpty(fields) ? {} : { config: fields }) };
    }),
    ...(edges.length === 0 ? {} : { edges: distinct(edges).map(({ from, to, port }) => ({ from, ...(port ? { port } : {}), to })) }),
    ...(notes.length === 0
      ? {}
      : { notes: notes.map(({ id, position, width, height, text }) => ({ id, at: placeOf(position), size: [width, height], text })) }),
  };
}

function placeOf({ x, y }: Position): [number, number] {
  // JSON has no -0, and YAML has.
  return [x + 0, y + 0];
}

/** The flow of a file, or everything that is wrong with it at once; a flow only without errors. */
export function fromFile(value: unknown): { flow?: FlowContent; problems: FileProblem[] } {
  const version = versionProblem(value);
  if (version) return { problems: [version] };
  const parsed = flowFileSchema.safeParse(value);
  const problems = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap(shapeProblems)),
    ...typeProblems(value),
    ...referenceProblems(value),
  ];
  if (!parsed.success || problems.some(({ level }) => level === 'error')) return { problems };
  const { name, description = '', nodes, edges = [], parameters, settings, notes } = parsed.data;
  const draft: FlowDocument = {
    nodes: nodes.map(({ id, type, at: [x, y], config = {} }): FlowNode => ({ id, type, position: { x, y }, config })),
    edges: edges.map(({ from, to, port }) => ({ id: edgeId(from, to, port), from, to, ...(port === undefined ? {} : { port }) })),
    ...(settings === undefined ? {} : { settings }),
    ...(parameters === undefined
      ? {}
      : { parameters: parameters.map((parameter) => ({ ...parameter, description: parameter.description ?? '' })) }),
    ...(notes === undefined
      ? {}
      : { notes: notes.map(({ id, at: [x, y], size: [width, height], text }) => ({ id, position: { x, y }, width, height, text })) }),
  };
  return { flow: { name, description, draft }, problems };
}

function versionProblem(value: unknown): FileProblem | undefined {
  const version = isRecord(value) ? value['mailroom'] : undefined;
  if (version === fileVersion) return undefined;
  if (typeof version === 'number' && Number.isInteger(version) && version > fileVersion) {
    return error(
      'mailroom',
      'FILE_NEWER',
      `The file was written by a newer Mailroom (format ${version}, and this one reads ${fileVersion}).`,
      'Update this Mailroom, or export the flow from one of the same age.',
    );
  }
  return error(
    version === undefined ? '' : 'mailroom',
    'FILE_NOT_A_FLOW',
    'This is no flow of Mailroom.',
    `A flow begins with "mailroom: ${fileVersion}". Export one to see how it is written.`,
  );
}

function shapeProblems(issue: z.core.$ZodIssue): FileProblem[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(join([...issue.path, key]), key, 'Delete it, or correct its name.'));
  return [error(join(issue.path), 'FILE_INVALID', `${join(issue.path) || 'The file'}: ${issue.message}.`, 'Correct it in the file.')];
}

/** Types that are not there, and fields that their types do not have. */
function typeProblems(value: unknown): FileProblem[] {
  return listOf(value, 'nodes')
    .flatMap((item, index) => {
      if (!isRecord(item) || typeof item['type'] !== 'string') return [];
      const description = describeType(item['type']);
      if (!description) {
        return [
          error(
            `nodes.${index}.type`,
            'FILE_TYPE_UNKNOWN',
            `There is no adapter or step of type '${item['type']}'.`,
            `Write one of ${catalog.map(({ type }) => type).join(', ')}, or import the file into the Mailroom it comes from.`,
          ),
        ];
      }
      return fieldProblems(description, item['config'], `nodes.${index}.config`);
    })
    .concat(isRecord(value) ? fieldProblems(flowSettings, value['settings'], 'settings') : []);
}

function fieldProblems(description: AnyDescription, config: unknown, path: string): FileProblem[] {
  if (!isRecord(config)) return [];
  const known = new Set(fieldsOf(description).map(({ key }) => key));
  return Object.keys(config)
    .filter((key) => !known.has(key))
    .map((key) => unknownKey(`${path}.${key}`, key, `docs/adapters.md lists the fields of ${description.title}.`));
}

/** Ids that are there twice, connections that lead nowhere, parameters of one name. */
function referenceProblems(value: unknown): FileProblem[] {
  const ids = new Set(listOf(value, 'nodes').map((item) => (isRecord(item) ? item['id'] : undefined)));
  const edges = listOf(value, 'edges');
  const dangling = edges.flatMap((item, index) =>
    (['from', 'to'] as const).flatMap((end) => {
      const id = isRecord(item) ? item[end] : undefined;
      if (typeof id !== 'string' || ids.has(id)) return [];
      return [
        error(
          `edges.${index}.${end}`,
          'FILE_NODE_MISSING',
          `There is no node '${id}'.`,
          'Name a node of this file, or delete the connection.',
        ),
      ];
    }),
  );
  return [
    ...twice(listOf(value, 'nodes'), 'nodes', (item) => item['id'], 'id', 'node'),
    ...twice(edges, 'edges', ({ from, to, port = '' }) => [from, port, to].join('\n'), 'to', 'connection'),
    ...twice(listOf(value, 'parameters'), 'parameters', (item) => item['name'], 'name', 'parameter'),
    ...twice(listOf(value, 'notes'), 'notes', (item) => item['id'], 'id', 'note'),
    ...dangling,
  ];
}

function twice(
  list: unknown[],
  path: string,
  nameOf: (item: Record<string, unknown>) => unknown,
  key: string,
  what: string,
): FileProblem[] {
  const seen = new Set<unknown>();
  return list.flatMap((item, index) => {
    const name = isRecord(item) ? nameOf(item) : undefined;
    if (name === undefined) return [];
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [
      error(`${path}.${index}.${key}`, 'FILE_TWICE', `This ${what} is in the file twice.`, 'Delete one of them, or give it another name.'),
    ];
  });
}

/** As typed, hidden values included, in the order of the form; what the type does not know is left out. */
function tidyConfig(description: AnyDescription | undefined, config: Record<string, unknown>): Record<string, unknown> {
  if (!description) return sorted(config, undefined) as Record<string, unknown>;
  return Object.fromEntries(
    fieldsOf(description).flatMap(({ key, type }) => {
      const typed = Object.hasOwn(config, key) ? config[key] : undefined;
      if (typed === undefined) return [];
      const parsed = type.safeParse(typed);
      return [[key, sorted(typed, parsed.success ? parsed.data : undefined)]];
    }),
  );
}

/** The same value with the keys in the order of `like`, then by name: a database gives them back in an order of its own. */
function sorted(value: unknown, like: unknown): unknown {
  if (Array.isArray(value)) return value.map((item, index) => sorted(item, Array.isArray(like) ? like[index] : undefined));
  // JSON has no -0, and YAML has.
  if (value === 0) return 0;
  if (!isRecord(value)) return value;
  const model = isRecord(like) ? like : {};
  const given = Object.keys(value).filter((key) => value[key] !== undefined);
  const first = Object.keys(model).filter((key) => given.includes(key));
  const others = given.filter((key) => !Object.hasOwn(model, key)).sort();
  return Object.fromEntries([...first, ...others].map((key) => [key, sorted(value[key], model[key])]));
}

function distinct(edges: FlowEdge[]): FlowEdge[] {
  return [...new Map(edges.map((item) => [edgeId(item.from, item.to, item.port), item])).values()];
}

/** Like that of a connection drawn on the canvas. */
function edgeId(from: string, to: string, port = ''): string {
  return port === '' ? `${from}--${to}` : `${from}--${port}--${to}`;
}

function error(path: string, code: string, message: string, remedy: string): FileProblem {
  return { path, level: 'error', code, message, remedy };
}

function unknownKey(path: string, key: string, remedy: string): FileProblem {
  return error(path, 'FILE_FIELD_UNKNOWN', `There is no field '${key}' here.`, remedy);
}

function join(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}

function listOf(value: unknown, key: string): unknown[] {
  const list = isRecord(value) ? value[key] : undefined;
  return Array.isArray(list) ? list : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(record: Record<string, unknown>): boolean {
  return Object.keys(record).length === 0;
}
