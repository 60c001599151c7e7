import { diffLines } from 'diff';
import type { SimulatedStep, Snapshot } from '../../shared/api/simulations.ts';

/** What a step has made of a message. */

export interface PartChange {
  name: string;
  kind: 'added' | 'removed' | 'changed' | 'same';
  before?: string;
  after?: string;
}

export interface LineChange {
  kind: 'added' | 'removed' | 'same';
  text: string;
}

export interface MessageDifference {
  headers: PartChange[];
  properties: PartChange[];
  attachments: PartChange[];
  contentType: PartChange;
  body: LineChange[];
  isBodyChanged: boolean;
  /** Only behind what is shown of it. */
  isBodyChangedBeyond: boolean;
}

/** What came in and what went out, by position: steps tell only the parts they have changed. */
export function snapshotsOf(
  steps: readonly Pick<SimulatedStep, 'position' | 'from' | 'message'>[],
): Map<number, { before: Snapshot | null; after: Snapshot | null }> {
  const found = new Map<number, { before: Snapshot | null; after: Snapshot | null }>();
  for (const { position, from, message } of steps) {
    const before = from === null ? null : (found.get(from)?.after ?? null);
    const nothing: Snapshot = {
      headers: {},
      properties: {},
      body: { contentType: '', text: '', characters: 0, isCut: false },
      attachments: [],
      leftOut: 0,
    };
    found.set(position, { before, after: message ? { ...(before ?? nothing), ...message } : null });
  }
  return found;
}

export function differenceOf(before: Snapshot, after: Snapshot): MessageDifference {
  const contentType = changesOf({ type: before.body.contentType }, { type: after.body.contentType })[0];
  const body = linesOf(before.body.text, after.body.text);
  return {
    headers: changesOf(before.headers, after.headers),
    properties: changesOf(before.properties, after.properties),
    attachments: changesOf(filesOf(before), filesOf(after)),
    contentType: contentType ?? { name: 'type', kind: 'same' },
    body,
    isBodyChanged: body.some(({ kind }) => kind !== 'same'),
    // The very same body is handed on as the same object.
    isBodyChangedBeyond: before.body !== after.body && (before.body.isCut || after.body.isCut) && before.body.text === after.body.text,
  };
}

/** By name; a name that is there twice is told with its place. */
function filesOf({ attachments }: Snapshot): Record<string, string> {
  const names = new Set<string>();
  return Object.fromEntries(
    attachments.map(({ index, name, contentType, sizeBytes }) => {
      const wanted = name || `Attachment ${index + 1}`;
      const unique = names.has(wanted) ? `${wanted} (${index + 1})` : wanted;
      names.add(unique);
      return [unique, `${contentType}, ${sizeBytes} bytes`];
    }),
  );
}

/** In the order of `after`; what is gone comes last. */
function changesOf(before: Record<string, unknown>, after: Record<string, unknown>): PartChange[] {
  const now = Object.entries(after).map(([name, value]): PartChange => {
    const text = textOf(value);
    if (!Object.hasOwn(before, name)) return { name, kind: 'added', after: text };
    const old = textOf(before[name]);
    return old === text ? { name, kind: 'same', after: text } : { name, kind: 'changed', before: old, after: text };
  });
  const gone = Object.entries(before).filter(([name]) => !Object.hasOwn(after, name));
  return [...now, ...gone.map(([name, value]): PartChange => ({ name, kind: 'removed', before: textOf(value) }))];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Beyond these the two texts have hardly a line in common: they are shown one after the other. */
const limits = { maxEditLength: 4_000, timeout: 300 };

function linesOf(before: string, after: string): LineChange[] {
  if (before === after) return split('same', after);
  const parts = diffLines(before, after, limits);
  if (!parts) return [...split('removed', before), ...split('added', after)];
  return parts.flatMap(({ added, removed, value }) => split(added ? 'added' : removed ? 'removed' : 'same', value));
}

function split(kind: LineChange['kind'], text: string): LineChange[] {
  if (text === '') return [];
  return text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map((line) => ({ kind, text: line }));
}

const contextLines = 2;

/** Lines with what has changed around them; a number stands for so many equal lines that are left out. */
export function folded(lines: LineChange[]): (LineChange | number)[] {
  const isNear = lines.map((_, index) =>
    lines.slice(Math.max(0, index - contextLines), index + contextLines + 1).some(({ kind }) => kind !== 'same'),
  );
  const shown: (LineChange | number)[] = [];
  for (const [index, line] of lines.entries()) {
    const last = shown.at(-1);
    if (isNear[index]) shown.push(line);
    else if (typeof last === 'number') shown[shown.length - 1] = last + 1;
    else shown.push(1);
  }
  return shown;
}
