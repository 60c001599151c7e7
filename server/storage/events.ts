import { z } from 'zod';
import type { Logger } from '../ports/common.ts';
import { changeKinds, type ChangeEvent, type Events } from '../ports/engine.ts';
import type { Database } from './database.ts';
import { listen } from './listen.ts';

const channel = 'mailroom_events';
/** The first change goes at once; those within this time after it go together, the same one twice once. */
const gatherMs = 100;
/** PostgreSQL refuses a payload of 8000 bytes and more. */
const payloadBytes = 7_900;

const payloadSchema = z.array(z.object({ kind: z.enum(changeKinds), id: z.string() }));

interface Listener {
  onEvent: (event: ChangeEvent) => void;
  onGap: (() => void) | undefined;
}

/**
 * Changes, told to all processes over LISTEN/NOTIFY: ids only, ten times a second at most, and never inside another transaction,
 * since NOTIFY makes all notifying commits wait for each other. Listeners of the publishing process hear of them the same way.
 */
export async function openEvents({
  database,
  log,
}: {
  database: Pick<Database, 'url' | 'pool'>;
  log: Logger;
}): Promise<Events & { close(): Promise<void> }> {
  const listeners = new Set<Listener>();
  const gathered = new Map<string, ChangeEvent>();
  let timer: NodeJS.Timeout | undefined;
  let sentAt = -Infinity;
  let sending = Promise.resolve();

  const listening = await listen({
    url: database.url,
    channel,
    log,
    onPayload(payload) {
      const events = readPayload(payload);
      if (!events) log.warn({}, 'an event that is not understood was left out; is another version of Mailroom running?');
      for (const event of events ?? []) tell(({ onEvent }) => onEvent(event));
    },
    onGap: () => tell(({ onGap }) => onGap?.()),
  });

  /** One listener's failure is not another's. */
  function tell(how: (listener: Listener) => void): void {
    for (const listener of listeners) {
      try {
        how(listener);
      } catch (error) {
        log.error({ error: String(error) }, 'a listener of events failed');
      }
    }
  }

  async function send(): Promise<void> {
    timer = undefined;
    sentAt = performance.now();
    const payloads = packEvents([...gathered.values()], payloadBytes);
    gathered.clear();
    try {
      await database.pool.query('select pg_notify($1, payload) from unnest($2::text[]) payload', [channel, payloads]);
    } catch (error) {
      log.debug({ error: String(error) }, 'changes could not be told to other processes');
    }
  }

  function sendNext(): void {
    sending = sending.then(send);
  }

  return {
    publish({ kind, id }) {
      gathered.set(`${kind} ${id}`, { kind, id });
      timer ??= setTimeout(sendNext, Math.max(0, sentAt + gatherMs - performance.now()));
    },
    subscribe(onEvent, onGap) {
      const listener = { onEvent, onGap };
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    isListening: () => listening.isOn(),
    async close() {
      if (timer) sendNext();
      clearTimeout(timer);
      await sending;
      await listening.close();
    },
  };
}

function readPayload(payload: string): ChangeEvent[] | undefined {
  try {
    return payloadSchema.parse(JSON.parse(payload));
  } catch {
    return undefined;
  }
}

/** JSON arrays of events, none longer than `limitBytes`. */
export function packEvents(events: ChangeEvent[], limitBytes: number): string[] {
  const payloads: string[] = [];
  let items: string[] = [];
  let bytes = 2;
  for (const event of events) {
    const item = JSON.stringify(event);
    const itemBytes = Buffer.byteLength(item) + 1;
    if (items.length > 0 && bytes + itemBytes > limitBytes) {
      payloads.push(`[${items.join(',')}]`);
      items = [];
      bytes = 2;
    }
    items.push(item);
    bytes += itemBytes;
  }
  if (items.length > 0) payloads.push(`[${items.join(',')}]`);
  return payloads;
}
