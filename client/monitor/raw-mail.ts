import { plainText } from '../../shared/plain-text.ts';
import { apiPath } from '../api.ts';
import { refusal } from '../refusal.ts';

/** How much of a raw mail is shown at first, and how much more each time it is asked for, in bytes. */
export const rawStepBytes = 256 * 1024;

/** More text than this makes a browser slow. */
export const maxRawBytes = 16 * rawStepBytes;

/** The first `limitBytes` of a mail as it came, as text in which nothing can hide; the rest is not fetched. */
export async function readRawMail(id: string, limitBytes: number, signal: AbortSignal): Promise<{ text: string; isCut: boolean }> {
  const response = await fetch(apiPath('/messages/:id/raw', { id }), { signal });
  if (!response.ok || !response.body) throw await refusal(response);
  return readStart(response.body, limitBytes);
}

export async function readStart(body: ReadableStream<Uint8Array>, limitBytes: number): Promise<{ text: string; isCut: boolean }> {
  const reader = body.getReader();
  const bytes = new Uint8Array(limitBytes);
  let length = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return { text: shownText(bytes.subarray(0, length)), isCut: false };
    const taken = value.subarray(0, limitBytes - length);
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
