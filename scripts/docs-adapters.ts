import { z } from 'zod';
import { configView, defaultOf, fieldsOf, type AnyDescription, type ConfigView, type Field } from '../shared/catalog/define.ts';
import { conditionOperators } from '../shared/catalog/conditions.ts';
import { flowSettings } from '../shared/catalog/flow-settings.ts';
import { catalog } from '../shared/catalog/index.ts';
import { scheduleText } from '../shared/schedule-text.ts';
import { scheduleSchema } from '../shared/schedule.ts';
import { schedulesSection } from './docs-schedules.ts';

/** The page of all adapters and steps with their fields, as Markdown. */
export function adaptersPage(): string {
  return ['# Adapters and steps', introduction, ...catalog.map(descriptionText), descriptionText(flowSettings), schedulesSection()].join(
    '\n\n',
  );
}

const introduction = [
  '<!-- Generated from shared/catalog by `npm run docs`. Do not edit. -->',
  'What can be drawn, and every field of it. *Key* is the name of the field in the API; a field that is not shown is neither checked ' +
    'nor used.',
].join('\n\n');

function descriptionText(description: AnyDescription): string {
  const fields = fieldsOf(description);
  const tabs = [...new Set(fields.map(({ info }) => info.tab))];
  const tables = tabs.map((tab) => {
    const rows = fields.filter(({ info }) => info.tab === tab).map((field) => row(description, field));
    return [`### ${description.title}: ${tab}`, table(['Field', 'Key', 'Values', 'Default', 'Shown when', 'What it is'], rows)].join(
      '\n\n',
    );
  });
  const place = description.role === 'flow' ? '`settings` of the drawing.' : `Type \`${description.type}\`, a ${description.role}.`;
  const facts = `${description.summary} ${place}`;
  return [`## ${description.title}`, facts, ...tables].join('\n\n');
}

function row(description: AnyDescription, field: Field): string[] {
  const { key, info } = field;
  const label = info.required ? `${info.label} (required)` : info.label;
  return [label, `\`${key}\``, valuesText(description, field), defaultText(description, field), info.whenText ?? 'always', info.help ?? ''];
}

const jsonFacts = z.object({
  type: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  maxLength: z.number().optional(),
});

function valuesText(description: AnyDescription, field: Field): string {
  const { control, unit } = field.info;
  if (control === 'schedule') return 'Run Once, Schedule on Day, Schedule to Recur, Cron: see [Schedules](#schedules)';
  if (control === 'mail-search') return 'from, to, subject, since (a day), largerKb, smallerKb, header (name and value)';
  if (control === 'routes')
    return 'list of routes: a name, how many of its conditions must hold, and conditions as of a Filter, in groups up to 3 deep';
  if (control === 'conditions') {
    const operators = Object.values(conditionOperators).join(', ');
    return `list of conditions: what to look at (header.…, property.…, body, attachments.count, attachments.names), operator (${operators}), value`;
  }
  if (control === 'assignments') return 'list of assignments: header or property, name, value';
  const options = optionLabels(description, field);
  if (options.size > 0) return [...options].map(([value, label]) => `${label} (\`${value}\`)`).join(', ');
  const { type, minimum, maximum, maxLength } = jsonFacts.parse(z.toJSONSchema(field.type, { io: 'input' }));
  if (type === 'integer' || type === 'number') return `${minimum} to ${maximum}${unit ? ` ${unit}` : ''}`;
  if (type === 'boolean') return 'on, off';
  return maxLength === undefined ? 'text' : `text, at most ${maxLength} characters`;
}

function defaultText(description: AnyDescription, field: Field): string {
  const value = defaultOf(field.type);
  const schedule = scheduleSchema.safeParse(value);
  if (schedule.success) return scheduleText(schedule.data);
  if (isNothing(value)) return '–';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return optionLabels(description, field).get(text) ?? (field.info.control === 'number' ? text : `\`${text}\``);
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

/** Value → label. Where the label depends on other fields, all its forms: `IMAPS / POP3S`. */
function optionLabels(description: AnyDescription, { info: { options } }: Field): Map<string, string> {
  if (options === undefined) return new Map();
  const labels = new Map<string, Set<string>>();
  for (const view of typeof options === 'function' ? typicalViews(description) : [{}]) {
    for (const [value, label] of Object.entries(typeof options === 'function' ? options(view) : options)) {
      labels.set(value, (labels.get(value) ?? new Set()).add(label));
    }
  }
  return new Map([...labels].map(([value, forms]) => [value, [...forms].join(' / ')]));
}

/** The default configuration, and it again with each choice of each field that has fixed choices. */
function typicalViews(description: AnyDescription): ConfigView[] {
  const defaults = configView(description, {});
  const choices = fieldsOf(description).flatMap(({ key, info }) =>
    typeof info.options === 'object' ? Object.keys(info.options).map((value) => ({ ...defaults, [key]: value })) : [],
  );
  return [defaults, ...choices];
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.map((cell) => cell.replace(/[|*]/g, '\\$&')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
