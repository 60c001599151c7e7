import { documentSchema } from '../../shared/api/drawings.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import { placedIn } from './document.ts';

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
    return parsed.success && placedIn(parsed.data).length > 0 ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** What was copied last on this page: the way where the browser keeps its clipboard from pages, as it does over plain HTTP. */
let lastCopied = '';

/** Copies by menu; by key the browser's own event does it. */
export async function writeClipboard(text: string): Promise<void> {
  lastCopied = text;
  await clipboardOf(navigator)
    ?.writeText(text)
    .catch(() => undefined);
}

/** Text to paste by menu. */
export async function readClipboard(): Promise<string> {
  const text = await clipboardOf(navigator)
    ?.readText()
    .catch(() => undefined);
  return text ?? lastCopied;
}

export function rememberCopied(text: string): void {
  lastCopied = text;
}

/** Pages have it only over HTTPS and on loopback. */
function clipboardOf({ clipboard }: { clipboard?: Clipboard }): Clipboard | undefined {
  return clipboard;
}
