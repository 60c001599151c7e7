import { type Condition, type ConditionGroup, conditionOperators, conditionSchema, isGroup } from './catalog/conditions.ts';
import { configView, shownFields, type AnyDescription, type ConfigView, type Control, type Field } from './catalog/define.ts';
import { flowSettings } from './catalog/flow-settings.ts';
import { describeType } from './catalog/index.ts';
import { routeSchema, type Route } from './catalog/router.ts';
import type { FlowDocument, FlowEdge, FlowNode } from './flow.ts';
import { scheduleText } from './schedule-text.ts';
import { scheduleSchema } from './schedule.ts';

/** How a drawing differs from the deployed one. */
export interface Changes {
  added: string[];
  removed: string[];
  changed: string[];
  /** Connections drawn or deleted between nodes that exist in both. */
  rewired: number;
  /** The settings of the flow as a whole. */
  hasOtherSettings: boolean;
  /** Names, descriptions or defaults of its parameters. */
  hasOtherParameters: boolean;
  count: number;
}

/** Compares what two drawings would do: positions, hidden fields and values typed equal to the default don't count. */
export function changesBetween(deployed: FlowDocument, draft: FlowDocument): Changes {
  const before = new Map(deployed.nodes.map((node) => [node.id, node]));
  const after = new Map(draft.nodes.map((node) => [node.id, node]));
  const added = draft.nodes.filter((node) => !before.has(node.id)).map((node) => node.id);
  const removed = deployed.nodes.filter((node) => !after.has(node.id)).map((node) => node.id);
  const changed = draft.nodes
    .filter((node) => {
      const old = before.get(node.id);
      return old !== undefined && old !== node && effect(old) !== effect(node);
    })
    .map((node) => node.id);

  const inBoth = ({ edges }: FlowDocument) =>
    edges.filter(({ from, to }) => [from, to].every((id) => before.has(id) && after.has(id))).map((edge) => wayOf(edge));
  const [oldEdges, newEdges] = [inBoth(deployed), inBoth(draft)];
  const [oldWays, newWays] = [new Set(oldEdges), new Set(newEdges)];
  const differing = newEdges.filter((way) => !oldWays.has(way)).length + oldEdges.filter((way) => !newWays.has(way)).length;
  // The same connections in another order: copies of the message are then delivered in another order.
  const reordered = differing === 0 && oldEdges.join() !== newEdges.join() ? 1 : 0;
  // A splice or a healed deletion rewires its neighbours; people see one change, not three.
  const rewired = added.length + removed.length > 0 ? 0 : differing + reordered;
  const hasOtherSettings = settingsEffect(deployed) !== settingsEffect(draft);
  const hasOtherParameters = JSON.stringify(deployed.parameters ?? []) !== JSON.stringify(draft.parameters ?? []);
  const count = added.length + removed.length + changed.length + rewired + Number(hasOtherSettings) + Number(hasOtherParameters);
  return { added, removed, changed, rewired, hasOtherSettings, hasOtherParameters, count };
}

/** Connections that only one of two drawings has, whatever their ids are. */
export function edgeChanges(from: FlowDocument, to: FlowDocument): { added: FlowEdge[]; removed: FlowEdge[] } {
  const [before, after] = [new Set(from.edges.map(wayOf)), new Set(to.edges.map(wayOf))];
  return {
    added: to.edges.filter((edge) => !before.has(wayOf(edge))),
    removed: from.edges.filter((edge) => !after.has(wayOf(edge))),
  };
}

/** Which way a message takes over a connection: two of equal way are the same connection. */
export function wayOf({ from, port, to }: FlowEdge): string {
  return `${from}\n${port ?? ''}\n${to}`;
}

/** A field that two drawings have different values for, in the words of the form. */
export interface FieldChange {
  /** Absent for the settings of the flow. */
  nodeId?: string;
  field: string;
  label: string;
  /** Empty where the field is empty, or not shown. */
  before: string;
  after: string;
}

/** What was changed in the nodes that both drawings have, and in the settings of the flow; node by node in the order of `to`. */
export function fieldChanges(from: FlowDocument, to: FlowDocument): FieldChange[] {
  const before = new Map(from.nodes.map((node) => [node.id, node]));
  const ofNodes = to.nodes.flatMap((node) => {
    const old = before.get(node.id);
    return old && old !== node && effect(old) !== effect(node) ? nodeFieldChanges(old, node) : [];
  });
  return [...ofNodes, ...configChanges(flowSettings, from.settings ?? {}, to.settings ?? {})];
}

function nodeFieldChanges(from: FlowNode, to: FlowNode): FieldChange[] {
  const description = describeType(to.type);
  if (description && from.type === to.type)
    return configChanges(description, from.config, to.config).map((change) => ({ nodeId: to.id, ...change }));
  const [before, after] = [from, to].map((node) => describeType(node.type)?.title ?? node.type);
  // A type that this version does not know: what it is configured with is shown as it is kept.
  if (from.type === to.type)
    return [{ nodeId: to.id, field: '', label: 'Configuration', before: plainText(from.config), after: plainText(to.config) }];
  return [{ nodeId: to.id, field: '', label: 'Kind', before: before ?? '', after: after ?? '' }];
}

function configChanges(description: AnyDescription, from: Record<string, unknown>, to: Record<string, unknown>): FieldChange[] {
  const [before, after] = [shownValues(description, from), shownValues(description, to)];
  const fields = new Map([...before, ...after].map(([key, { field }]) => [key, field]));
  return [...fields].flatMap(([key, field]) => {
    const [old, value] = [before.get(key), after.get(key)];
    if (JSON.stringify(old?.value) === JSON.stringify(value?.value)) return [];
    return { field: key, label: field.info.label, before: old ? valueText(old) : '', after: value ? valueText(value) : '' };
  });
}

interface ShownValue {
  field: Field;
  value: unknown;
  view: ConfigView;
}

function shownValues(description: AnyDescription, typed: Record<string, unknown>): Map<string, ShownValue> {
  const view = configView(description, typed);
  return new Map(shownFields(description, typed).map((field) => [field.key, { field, value: view[field.key], view }]));
}

/** A value as the form shows it: the label of a choice, a schedule in words. */
function valueText({ field: { info }, value, view }: ShownValue): string {
  const options = typeof info.options === 'function' ? info.options(view) : info.options;
  if (typeof value === 'string' && options?.[value] !== undefined) return options[value];
  const special = specialText(info.control, value);
  if (special !== undefined) return special;
  const text = plainText(value);
  return info.unit && text !== '' ? `${text} ${info.unit}` : text;
}

/** Schedules, conditions and routes in words; undefined for everything else, and for what is not filled in yet. */
function specialText(control: Control, value: unknown): string | undefined {
  switch (control) {
    case 'schedule': {
      const { data } = scheduleSchema.safeParse(value);
      return data && scheduleText(data);
    }
    case 'conditions': {
      const { data } = conditionSchema.array().safeParse(value);
      return data?.map(conditionText).join('\n');
    }
    case 'routes': {
      const { data } = routeSchema.array().safeParse(value);
      return data?.map(routeText).join('\n');
    }
    default:
      return undefined;
  }
}

function conditionText({ subject, operator, value }: Condition): string {
  return `${subject} ${conditionOperators[operator]} ${value}`.trim();
}

function routeText({ name, ...group }: Route): string {
  return `${name}: ${groupText(group)}`;
}

/** "a and (b or c)" */
function groupText({ match, conditions }: ConditionGroup): string {
  return conditions.map((part) => (isGroup(part) ? `(${groupText(part)})` : conditionText(part))).join(match === 'all' ? ' and ' : ' or ');
}

/** Lists and groups by their values, one after the other: "header.subject order; header.from ada@example.com". */
function plainText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (Array.isArray(value)) return value.map(plainText).join('; ');
  if (typeof value === 'object') {
    const texts = Object.values(value).map((inner) => (Array.isArray(inner) ? `(${plainText(inner)})` : plainText(inner)));
    return texts.filter((text) => text !== '').join(' ');
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** By configuration, which is never changed in place: on a canvas of a thousand nodes one is typed in and the others stay. */
const effects = new WeakMap<Record<string, unknown>, string>();

/** What a node is to the runtime, as text to compare. */
function effect({ type, config }: FlowNode): string {
  const known = effects.get(config);
  if (known?.startsWith(`${type} `)) return known;
  const description = describeType(type);
  const text = `${type} ${description ? configEffect(description, config) : JSON.stringify(config)}`;
  effects.set(config, text);
  return text;
}

function settingsEffect({ settings = {} }: FlowDocument): string {
  return configEffect(flowSettings, settings);
}

function configEffect(description: AnyDescription, typed: Record<string, unknown>): string {
  const view = configView(description, typed);
  return JSON.stringify(shownFields(description, typed).map(({ key }) => [key, view[key]]));
}
