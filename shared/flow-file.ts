import { z } from 'zod';
import { documentSchema } from './api/drawings.ts';
import { fieldsOf } from './catalog/define.ts';
import { flowSettings } from './catalog/flow-settings.ts';
import { describeType } from './catalog/index.ts';
import { checkFlow } from './check-flow.ts';
import type { FlowDocument } from './flow.ts';

/** A flow as a file: what a person keeps under version control, compares and sends to others. Secrets are never in a drawing. */

export const flowFileVersion = 1;

const { shape } = documentSchema;
const node = shape.nodes.element;
const edge = shape.edges.element;

/** The file. Connections have no ids of their own, and positions are `[x, y]`. */
export const flowFileSchema = z.strictObject({
  mailroom: z.literal(flowFileVersion),
  name: z.string().trim().min(1, 'must not be empty').max(200),
  description: z.string().max(2_000).default(''),
  parameters: shape.parameters,
  settings: shape.settings,
  nodes: z
    .array(
      z.strictObject({
        id: node.shape.id,
        type: node.shape.type,
        at: z.tuple([z.number(), z.number()]),
        config: node.shape.config.default({}),
      }),
    )
    .max(1_000),
  edges: z.array(z.strictObject({ from: edge.shape.from, port: edge.shape.port, to: edge.shape.to })).max(5_000),
  notes: shape.notes,
});
export type FlowFile = z.output<typeof flowFileSchema>;

export interface FileFlow {
  name: string;
  description: string;
  draft: FlowDocument;
}

/** Where and what: a file with an error is not imported, with warnings it is. */
export interface FileProblem {
  /** Keys and indexes from the top of the file. */
  path: (string | number)[];
  level: 'error' | 'warning';
  code: string;
  message: string;
  remedy: string;
}

/** Keys in one order, so that the same flow is the same text. */
export function toFlowFile({ name, description, draft }: FileFlow): FlowFile {
  const { nodes, edges, settings, parameters, notes } = draft;
  return {
    mailroom: flowFileVersion,
    name,
    description,
    ...(parameters && parameters.length > 0
      ? { parameters: parameters.map((one) => ({ name: one.name, description: one.description, ...given('default', one.default) })) }
      : {}),
    ...(settings && Object.keys(settings).length > 0 ? { settings: inOrder(settings, keysOf(flowSettings.type)) } : {}),
    nodes: nodes.map(({ id, type, position, config }) => ({
      id,
      type,
      at: [position.x, position.y],
      config: inOrder(config, keysOf(type)),
    })),
    edges: edges.map(({ from, port, to }) => ({ from, ...given('port', port), to })),
    ...(notes && notes.length > 0
      ? { notes: notes.map(({ id, position: { x, y }, width, height, text }) => ({ id, position: { x, y }, width, height, text })) }
      : {}),
  };
}

function given<Key extends string>(key: Key, value: string | undefined): Partial<Record<Key, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<Key, string>);
}

function keysOf(type: string): string[] {
  const description = type === flowSettings.type ? flowSettings : describeType(type);
  return description ? fieldsOf(description).map(({ key }) => key) : [];
}

/** Those of the catalog as it lists them, others behind them by name. */
function inOrder(values: Record<string, unknown>, keys: string[]): Record<string, unknown> {
  const others = Object.keys(values)
    .filter((key) => !keys.includes(key))
    .sort();
  return Object.fromEntries([...keys, ...others].flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]])));
}

/** @returns the flow where nothing of the file is an error, and everything that is wrong with it */
export function fromFlowFile(value: unknown): { flow?: FileFlow; problems: FileProblem[] } {
  const version = typeof value === 'object' && value !== null && 'mailroom' in value ? value.mailroom : undefined;
  if (typeof version === 'number' && version > flowFileVersion) {
    return {
      problems: [
        {
          path: ['mailroom'],
          level: 'error',
          code: 'FILE_NEWER',
          message: `The file has version ${version}; this Mailroom reads files up to version ${flowFileVersion}.`,
          remedy: 'Import it with the Mailroom it was exported from, or a newer one.',
        },
      ],
    };
  }
  const parsed = flowFileSchema.safeParse(value);
  if (!parsed.success) return { problems: parsed.error.issues.flatMap(asProblems) };
  const { name, description, nodes, edges, settings, parameters, notes } = parsed.data;
  const draft: FlowDocument = {
    nodes: nodes.map(({ id, type, at: [x, y], config }) => ({ id, type, position: { x, y }, config })),
    edges: edges.map(({ from, port, to }) => ({
      id: port === undefined ? `${from}--${to}` : `${from}--${port}--${to}`,
      from,
      to,
      ...given('port', port),
    })),
    ...(settings ? { settings } : {}),
    ...(parameters ? { parameters } : {}),
    ...(notes ? { notes } : {}),
  };
  const problems = [...shapeProblems(draft), ...unknownFields(draft)];
  return problems.some(({ level }) => level === 'error') ? { problems } : { flow: { name, description, draft }, problems };
}

function asProblems(issue: z.core.$ZodIssue): FileProblem[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      level: 'error',
      code: 'KEY_UNKNOWN',
      message: `'${key}' is not known here.`,
      remedy: 'Correct its spelling, or delete it.',
    }));
  }
  const where = path.length === 0 ? 'The file' : `'${path.join('.')}'`;
  return [
    {
      path,
      level: 'error',
      code: 'VALUE_INVALID',
      message: `${where}: ${issue.message}`,
      remedy: 'Correct the value; docs/flow.schema.json says what may stand there.',
    },
  ];
}

/** What can't be drawn, of all that a check finds. The rest, such as a credential that is not there yet, is work for the canvas. */
const undrawable = new Set(['TYPE_UNKNOWN', 'DUPLICATE_ID', 'EDGE_BROKEN', 'EDGE_NOT_ALLOWED', 'PORT_GONE']);

function shapeProblems(draft: FlowDocument): FileProblem[] {
  return checkFlow(draft, { credentials: [] })
    .filter(({ code }) => undrawable.has(code))
    .map(({ nodeId, edgeId, code, message, remedy }) => ({
      path: edgeId === undefined ? ['nodes', ...indexOf(draft.nodes, nodeId)] : ['edges', ...indexOf(draft.edges, edgeId)],
      level: 'error',
      code,
      message,
      remedy,
    }));
}

function indexOf(items: { id: string }[], id: string | undefined): number[] {
  const index = items.findIndex((item) => item.id === id);
  return index === -1 ? [] : [index];
}

function unknownFields({ nodes, settings = {} }: FlowDocument): FileProblem[] {
  const unknown = (type: string, config: Record<string, unknown>, path: (string | number)[]): FileProblem[] => {
    const known = new Set(keysOf(type));
    return Object.keys(config)
      .filter((key) => known.size > 0 && !known.has(key))
      .map((key) => ({
        path: [...path, key],
        level: 'warning',
        code: 'FIELD_UNKNOWN',
        message: `${describeType(type)?.title ?? 'The flow'} has no field '${key}'.`,
        remedy: 'Correct its spelling. It is kept, and means nothing to this version.',
      }));
  };
  return [
    ...unknown(flowSettings.type, settings, ['settings']),
    ...nodes.flatMap(({ type, config }, index) => unknown(type, config, ['nodes', index, 'config'])),
  ];
}

/** As JSON Schema (2020-12), for editors and checks elsewhere. */
export function flowFileJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(flowFileSchema, { io: 'input' }),
    title: 'Mailroom flow',
    description: `A flow of Mailroom as a file, version ${flowFileVersion}. What may stand in the config of a node: docs/adapters.md.`,
  };
}

/** "orders-to-folder.flow.yaml" */
export function flowFileName(name: string, format: 'yaml' | 'json'): string {
  const stem = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80);
  return `${stem || 'flow'}.flow.${format}`;
}
