import { defaultOf, type ConfigView, type Field } from '../../shared/catalog/define.ts';
import type { FieldProblem } from '../../shared/catalog/define.ts';

/** What a field shows, from what was typed into it. */

/** Text of a field; empty where nothing was typed, so that the default shows as placeholder. */
export function textOf(typed: unknown): string {
  return typeof typed === 'string' ? typed : '';
}

export function numberOf(typed: unknown): number | undefined {
  return typeof typed === 'number' ? typed : undefined;
}

/** What is kept of a text: an emptied field goes back to its default where it has one. */
export function typedText(field: Field, text: string): string | undefined {
  const standard = defaultOf(field.type);
  return text === '' && typeof standard === 'string' && standard !== '' ? undefined : text;
}

export function placeholderOf({ type, info }: Field, view: ConfigView): string | undefined {
  if (typeof info.placeholder === 'function') return info.placeholder(view);
  if (info.placeholder !== undefined) return info.placeholder;
  const standard = defaultOf(type);
  return typeof standard === 'string' || typeof standard === 'number' ? String(standard) : undefined;
}

export function optionsOf({ info }: Field, view: ConfigView): Record<string, string> {
  return (typeof info.options === 'function' ? info.options(view) : info.options) ?? {};
}

/** A problem in the words that stand below its own field: the label need not be said again. */
export function problemText({ code, message, remedy }: Pick<FieldProblem, 'code' | 'message' | 'remedy'>): string {
  return code === 'FIELD_REQUIRED' || code === 'FIELD_INVALID' ? message : `${message} ${remedy}`;
}

/** The tabs of a form, in the order of its fields. */
export function tabsOf(fields: Field[]): string[] {
  return [...new Set(fields.map(({ info }) => info.tab))];
}
