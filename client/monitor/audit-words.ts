import type { AuditView } from '../../shared/api/audit.ts';

/** The audit log in words. */

/** `retryMessages` → `Retry messages` */
export function actionText(action: string): string {
  const words = action
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[-_]/g, ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function actorText({ kind, name }: AuditView['actor']): string {
  if (kind === 'command') return 'Command line';
  return name || 'Not signed in';
}

/** What it was done to: its name, else its kind with the start of its id. */
export function subjectText({ kind, id, name }: AuditView['subject']): string {
  if (name) return name;
  const what = actionText(kind);
  return id ? `${what} ${id.length > 12 ? `${id.slice(0, 8)}…` : id}` : what;
}

export interface FieldChange {
  field: string;
  before: string | null;
  after: string | null;
}

/** Each field that a change names, with what it was and what it became; nested ones by their path. */
export function fieldChanges(before: unknown, after: unknown): FieldChange[] {
  const [was, is] = [flat(before), flat(after)];
  return [...new Set([...was.keys(), ...is.keys()])].map((field) => ({
    field,
    before: was.get(field) ?? null,
    after: is.get(field) ?? null,
  }));
}

function flat(value: unknown, path = '', into = new Map<string, string>()): Map<string, string> {
  if (value === null || value === undefined) return into;
  if (typeof value !== 'object') return into.set(path, typeof value === 'string' ? value : JSON.stringify(value));
  const entries = Object.entries(value);
  if (entries.length === 0) into.set(path, Array.isArray(value) ? 'none' : '');
  for (const [name, field] of entries)
    flat(field, path === '' ? name : Array.isArray(value) ? `${path} ${Number(name) + 1}` : `${path}.${name}`, into);
  return into;
}
