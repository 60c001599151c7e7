import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Logger } from '../ports/common.ts';

/** A broken connection that nobody closed is noticed after two of these. */
const probeEveryMs = 10_000;
const probeTimeoutMs = 5_000;
const longestBackOffMs = 10_000;

/** A connection that breaks is mostly back within this time. */
const toldAfterMs = 5_000;

export interface Listening {
  /** False once it has been broken for some seconds. */
  isOn(): boolean;
  close(): Promise<void>;
}

/**
 * Listens on one channel over a connection of its own, which is opened again, with back-off, whenever it breaks.
 * Resolves once it listens for the first time.
 *
 * @param onGap it listens again after a break, in which notifications were lost
 * @throws if the first connection can't be made
 */
export async function listen({
  url,
  channel,
  log,
  onPayload,
  onGap,
}: {
  url: string;
  channel: string;
  log: Logger;
  onPayload: (payload: string) => void;
  onGap: () => void;
}): Promise<Listening> {
  const closing = new AbortController();
  const { signal } = closing;
  const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);

  async function connect(): Promise<Client> {
    const client = new Client({
      connectionString: url,
      application_name: 'mailroom events',
      connectionTimeoutMillis: probeTimeoutMs,
      query_timeout: probeTimeoutMs,
      keepAlive: true,
    });
    // Its end is what is waited for; without a listener an error would end the process.
    client.on('error', (error) => log.debug({ error: error.message }, 'the listening connection broke'));
    client.on('notification', ({ payload }) => {
      if (payload !== undefined) onPayload(payload);
    });
    try {
      await client.connect();
      await client.query(`listen ${client.escapeIdentifier(channel)}`);
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  /** Until the connection has broken or `close` is called. */
  async function attend(client: Client): Promise<void> {
    const ended = new Promise<void>((resolve) => client.once('end', resolve));
    const stopped = new AbortController();
    void ended.then(() => stopped.abort());
    const either = AbortSignal.any([signal, stopped.signal]);
    while (!either.aborted) {
      await sleep(probeEveryMs, undefined, { signal: either }).catch(() => undefined);
      if (either.aborted) break;
      await client.query('select 1').catch(() => stopped.abort());
    }
    // end() of a connection that no longer answers would wait for it.
    await Promise.race([client.end().catch(() => undefined), sleep(1_000)]);
  }

  async function reconnect(): Promise<Client | undefined> {
    for (let backOffMs = 100; !signal.aborted; backOffMs = Math.min(backOffMs * 2, longestBackOffMs)) {
      try {
        return await connect();
      } catch (error) {
        log.warn({ error: String(error) }, 'the database can not be listened to; trying again');
        await pause(backOffMs);
      }
    }
    return undefined;
  }

  async function keepListening(first: Client): Promise<void> {
    for (let client: Client | undefined = first; client;) {
      await attend(client);
      brokenAt = performance.now();
      client = await reconnect();
      brokenAt = undefined;
      if (client && !signal.aborted) onGap();
    }
  }

  let brokenAt: number | undefined;
  const listening = keepListening(await connect());
  return {
    isOn: () => brokenAt === undefined || performance.now() - brokenAt < toldAfterMs,
    async close() {
      closing.abort();
      await listening;
    },
  };
}
