const startBytes = 64 * 1024;

/** Passes `content` on; `onStart` gets the first 64 KiB or more, or all there is, before it is passed on. */
export async function* withStart(content: AsyncIterable<Uint8Array>, onStart?: (first: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] | undefined = onStart ? [] : undefined;
  let heldBytes = 0;
  for await (const chunk of content) {
    if (!held) {
      yield chunk;
      continue;
    }
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes < startBytes) continue;
    const first = Buffer.concat(held);
    held = undefined;
    onStart?.(first);
    yield first;
  }
  if (!held) return;
  const all = Buffer.concat(held);
  onStart?.(all);
  if (all.length > 0) yield all;
}
