import type net from 'node:net';
import { chunkOf, type Patience } from './waiting.ts';

/** Reads a paused socket by pieces of known size or end, for as long as others will read it afterwards. */
export class WireReader {
  readonly #socket: net.Socket;
  readonly #patience: Patience;
  #held: Buffer = Buffer.alloc(0);

  constructor(socket: net.Socket, patience: Patience) {
    this.#socket = socket;
    this.#patience = patience;
  }

  /** What is there, left where it is; waits for the first byte. */
  async peek(): Promise<Buffer> {
    if (this.#held.length === 0) await this.#more();
    return this.#held;
  }

  async take(count: number): Promise<Buffer> {
    while (this.#held.length < count) await this.#more();
    const bytes = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    return bytes;
  }

  /**
   * All up to the first match of `end`, as latin1 and without it.
   *
   * @returns undefined when it is longer than `maxBytes`
   */
  async takeUntil(end: RegExp, maxBytes: number): Promise<string | undefined> {
    for (;;) {
      // The end may be split between two packets, so all that is held is looked at again: there is little of it.
      const text = this.#held.toString('latin1', 0, maxBytes);
      const match = end.exec(text);
      if (match) {
        this.#held = this.#held.subarray(match.index + match[0].length);
        return text.slice(0, match.index);
      }
      if (this.#held.length >= maxBytes) return undefined;
      await this.#more();
    }
  }

  /** Puts back what was read too much, for whoever reads the socket next. */
  giveBack(): void {
    if (this.#held.length > 0) this.#socket.unshift(this.#held);
    this.#held = Buffer.alloc(0);
  }

  async #more(): Promise<void> {
    this.#held = Buffer.concat([this.#held, await chunkOf(this.#socket, this.#patience)]);
  }
}
