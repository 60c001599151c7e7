import { documentSchema } from '../../shared/api/drawings.ts';
import type { FlowDocument } from '../../shared/flow.ts';

/** Copied nodes travel as JSON text, so they can be pasted into another flow, another window or a ticket. */

const marker = 'mailroom/nodes';

export function toClipboardText(fragment: FlowDocument): string {
  return JSON.stringify({ kind: marker, ...fragment }, undefined, 2);
}

/** @returns undefined when the text is something else */
export function fromClipboardText(text: string): FlowDocument | undefined {
  if (!text.includes(marker)) return undefined;
  try {
    const parsed = documentSchema.safeParse(JSON.parse(text));
    return parsed.success && parsed.data.nodes.length > 0 ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
