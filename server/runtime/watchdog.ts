import type { AlertStore, ClearingRules, WatchStore } from '../ports/alerts.ts';
import type { Logger } from '../ports/common.ts';
import type { Events, Queue } from '../ports/engine.ts';
import { startAlertSender, type AlertSenderParts, type SendingRules } from './alert-sender.ts';
import { pause, withDeadline } from './deadline.ts';
import { judge, watchLimits, type WatchLimits } from './watch-judge.ts';

/**
 * Looks every few seconds at what could have stopped silently, and raises or clears alerts. Every process does, web processes as well,
 * so that the death of all workers is seen; whoever takes the turn does the round, the others wait for the next.
 */

export interface WatchRules extends WatchLimits, ClearingRules, SendingRules {
  everyMs: number;
}

export const watchRules: WatchRules = {
  everyMs: 5_000,
  ...watchLimits,
  clearAfterMs: 30_000,
  flapWithinMs: 60 * 60_000,
  clearAfterAtMostMs: 30 * 60_000,
  firstRetryMs: 5_000,
  retryAtMostMs: 5 * 60_000,
  keepUnsentMs: 24 * 60 * 60_000,
};

/** A round reads a few rows; one that takes longer is given up, and somebody else begins the next. */
const roundDeadlineMs = 60_000;
const tidyEveryMs = 60 * 60_000;

export interface WatchdogParts extends AlertSenderParts {
  watch: WatchStore;
  alerts: AlertStore;
  queue: Pick<Queue, 'oldestWaiting'>;
  events: Pick<Events, 'publish'>;
  log: Logger;
  process: { name: string; role: string };
  rules: WatchRules;
}

export interface Watchdog {
  close(): Promise<void>;
}

export function startWatchdog(parts: WatchdogParts): Watchdog {
  const stopping = new AbortController();
  const sender = startAlertSender(parts);
  const loop = watchOn(parts, stopping.signal, () => sender.wake());
  const tidying = setInterval(() => {
    parts.watch.tidy().catch((error: unknown) => parts.log.warn({ error: String(error) }, 'old alerts could not be removed'));
  }, tidyEveryMs);
  return {
    async close() {
      clearInterval(tidying);
      stopping.abort();
      await Promise.all([loop, sender.close()]);
    },
  };
}

async function watchOn(parts: WatchdogParts, signal: AbortSignal, onNews: () => void): Promise<void> {
  const { rules, log, watch, process } = parts;
  const tooSlow = () => new Error(`the watch took longer than ${roundDeadlineMs / 1_000} s`);
  while (!signal.aborted) {
    await withDeadline(roundDeadlineMs, signal, tooSlow, async () => {
      await watch.sign(process.name, process.role);
      if (await watchOnce(parts)) onNews();
    }).catch((error: unknown) => {
      if (!signal.aborted) log.warn({ error: String(error) }, 'the watchdog could not look; it tries again');
    });
    await pause(rules.everyMs, signal);
  }
}

/** One round, if it is this process's turn; true when there is something to tell. */
export async function watchOnce(parts: Pick<WatchdogParts, 'alerts' | 'watch' | 'queue' | 'events' | 'log' | 'rules'>): Promise<boolean> {
  const { alerts, watch, queue, events, log, rules } = parts;
  // A little less than the period: two processes in step must not both find it too early.
  const turn = await alerts.takeTurn(rules.everyMs * 0.8);
  if (turn === undefined) return false;
  const [facts, oldestWaiting] = await Promise.all([watch.look(), queue.oldestWaiting()]);
  const findings = judge({ ...facts, oldestWaiting }, rules);
  const done = await alerts.apply(turn, findings, rules);
  if (!done) return false;
  const { opened, cleared, toTell } = done;
  if (opened > 0 || cleared > 0) {
    log.info({ opened, cleared, open: findings.length }, 'alerts have changed');
    events.publish({ kind: 'alert', id: String(turn) });
  }
  return toTell > 0;
}
