import type { Logger } from '../ports/common.ts';
import type { Events } from '../ports/engine.ts';
import type { ExchangeStore } from '../ports/runtime.ts';
import { FlowError } from '../../shared/errors.ts';

/** Cuts off the running attempts of messages that a person has cancelled, whichever process the person spoke to. */
export interface Cancels {
  /** @returns a signal that aborts when this attempt was cancelled; `leave` when it has ended */
  enter(messageId: string, attempt: number): { signal: AbortSignal; leave(): void };
  close(): void;
}

interface Running {
  messageId: string;
  attempt: number;
  abort: AbortController;
}

export function watchCancels({
  events,
  store,
  log,
}: {
  events: Pick<Events, 'subscribe'>;
  store: Pick<ExchangeStore, 'current'>;
  log: Logger;
}): Cancels {
  const running = new Set<Running>();

  /** The news may be late, and the message be run again meanwhile: what the log says counts. */
  async function cutOff(attempts: Running[]): Promise<void> {
    if (attempts.length === 0) return;
    const current = await store.current(attempts.map(({ messageId, attempt }) => ({ messageId, attempt })));
    attempts.forEach(({ abort }, index) => {
      if (!current[index]) abort.abort(new FlowError('MESSAGE_CANCELLED', {}));
    });
  }

  const look = (attempts: Running[]) => {
    cutOff(attempts).catch((error: unknown) =>
      log.warn({ error: String(error) }, 'could not look whether running messages were cancelled'),
    );
  };
  const unsubscribe = events.subscribe(
    ({ kind, id }) => {
      if (kind === 'cancel') look([...running].filter(({ messageId }) => messageId === id));
    },
    () => look([...running]),
  );

  return {
    enter(messageId, attempt) {
      const entry: Running = { messageId, attempt, abort: new AbortController() };
      running.add(entry);
      return { signal: entry.abort.signal, leave: () => void running.delete(entry) };
    },
    close: unsubscribe,
  };
}
