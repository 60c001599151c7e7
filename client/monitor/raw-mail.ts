import { plainText } from '../../shared/plain-text.ts';
import { apiPath } from '../api.ts';
import { refusal } from '../refusal.ts';

/** How much of a raw mail is shown, in bytes. */
export const maxRawBytes = 256 * 1024;

/** The beginning of a mail as it came, as text in which nothing can hide; the rest is not fetched. */
export async function readRawMail(id: string, signal: AbortSignal): Promise<{ text: string; isCut: boolean }> {
  const response = await fetch(apiPath('/messages/:id/raw', { id }), { signal });
  if (!response.ok || !response.body) throw await refusal(response);
  const reader = response.body.getReader();
  const bytes = new Uint8Array(maxRawBytes);
  let length = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return { text: shownText(bytes.subarray(0, length)), isCut: false };
    const taken = value.subarray(0, maxRawBytes - length);
    bytes.set(taken, length);
    length += taken.length;
    if (taken.length === value.length) continue;
    await reader.cancel();
    return { text: shownText(bytes), isCut: true };
  }
}

/** Line by line, so that line ends stay; bytes that are no UTF-8 become U+FFFD. */
export function shownText(bytes: Uint8Array): string {
  return new TextDecoder()
    .decode(bytes)
    .split(/\r?\n/)
    .map((line) => line.split('\t').map(plainText).join('\t'))
    .join('\n');
}
