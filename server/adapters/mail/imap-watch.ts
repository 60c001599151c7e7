import { setTimeout as delay } from 'node:timers/promises';
import { FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import type { ImapConnection } from './imap-client.ts';

/**
 * How long the server may be silent before it is asked whether it is still there. NOOP ends the IDLE, which is then issued anew:
 * far below the 29 minutes after which servers may hang up (RFC 2177), and below the time-outs of most firewalls.
 */
const probeEveryMs = 75_000;
const tooShortMs = 500;
/** How long it may take to answer that. */
const probeAnswerMs = 20_000;

export interface WatchOptions {
  probeEveryMs?: number;
  probeAnswerMs?: number;
}

export interface FolderWatch {
  /** What has arrived by now is about to be listed. */
  reset(): void;
  /**
   * Waits until the server tells of new mail (IDLE; without it, or where it refuses, NOOP at each probe) or `signal` aborts.
   * IDLE stays on when it resolves: the next command ends it.
   *
   * @throws FlowError MAIL_CONNECTION_LOST, MAIL_TIMEOUT when the connection is gone or the server stays silent
   */
  wait(signal: AbortSignal, onAlive: () => void): Promise<void>;
}

/** Watches the selected folder; made before the first listing, so that nothing that arrives in between is missed. */
export function watchFolder(connection: ImapConnection, options: WatchOptions = {}): FolderWatch {
  const { client, during, destroy } = connection;
  const everyMs = options.probeEveryMs ?? probeEveryMs;
  const answerMs = options.probeAnswerMs ?? probeAnswerMs;
  const seen = { hasArrived: false };
  let wake: () => void = () => {};
  let isRefused = false;
  /** We end the IDLE ourselves. */
  let isEnding = false;
  let idling: Promise<void> | undefined;

  client.on('exists', ({ count, prevCount }) => {
    if (count <= prevCount) return;
    seen.hasArrived = true;
    wake();
  });
  client.on('close', () => wake());

  /** Resolves when IDLE has ended, whoever ended it. */
  function idle(): Promise<void> {
    idling ??= during('waiting for new mail', async () => {
      const begun = Date.now();
      // false: the server said NO, or the connection broke, which `during` tells apart. One that ends each IDLE at once refuses, too.
      const wasRefused = (await client.idle()) === false || (Date.now() - begun < tooShortMs && !isEnding);
      if (wasRefused) isRefused = true;
    }).finally(() => (idling = undefined));
    // Its failure is seen by whoever waits, and by the next command.
    idling.catch(() => wake());
    return idling;
  }

  async function probe(): Promise<void> {
    isEnding = true;
    const tooLate = new AbortController();
    const deadline = delay(answerMs, undefined, { signal: tooLate.signal }).then(
      () => {
        destroy();
        throw new FlowError('MAIL_TIMEOUT', {
          address: addressText(connection.address),
          during: 'waiting for new mail',
          timeoutMs: answerMs,
        });
      },
      () => undefined,
    );
    try {
      await Promise.race([during('waiting for new mail', () => client.noop()), deadline]);
    } finally {
      isEnding = false;
      tooLate.abort();
      deadline.catch(() => {});
    }
  }

  return {
    reset: () => (seen.hasArrived = false),
    async wait(signal, onAlive) {
      isEnding = false;
      while (!seen.hasArrived && !signal.aborted) {
        const ended = new Promise<void>((resolve) => (wake = resolve));
        const timer = setTimeout(wake, everyMs);
        const onAbort = () => wake();
        signal.addEventListener('abort', onAbort, { once: true });
        try {
          const waits = isRefused ? [ended] : [ended, idle()];
          await Promise.race(waits);
        } finally {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
        }
        if (seen.hasArrived || signal.aborted) break;
        await probe();
        onAlive();
      }
      // Whatever command comes next ends the IDLE.
      isEnding = true;
    },
  };
}
