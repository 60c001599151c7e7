import type { WorkInHand } from '../ports/runtime.ts';

/** What of all mailboxes is for this worker to hold. */

/** Connections let go of at one look (twice a second), so that their servers and the workers that take over are not overrun. */
const mostLetGo = 10;

export interface Share {
  /** How many more channels to take now. Those that nobody takes for a while are anybody's. */
  take: number;
  /** How many connections that wait for mail to leave to others. */
  letGo: number;
}

/**
 * Every worker holds as many channels as the others, rounded up. One that joins gets its share: what becomes due is left to it, and
 * connections that would wait with their worker for ever are let go of.
 *
 * @param held channels that this worker polls or waits at, `standing` of them waiting
 */
export function shareOf({ workers, claimed, due, standing: allStanding }: WorkInHand, held: number, standing: number): Share {
  if (workers <= 1) return { take: Infinity, letGo: 0 };
  const fair = Math.ceil((claimed + due) / workers);
  const fairStanding = Math.ceil(allStanding / workers);
  // Both: one that lets go and is still below its share would take the same channel again.
  const letGo = Math.min(held - fair, standing - fairStanding, mostLetGo);
  // With nothing due there may still be something to tell a server.
  return { take: Math.max(due > 0 ? 0 : 1, fair - held), letGo: Math.max(0, letGo) };
}

/** The connections of this worker that are waiting for mail at this moment, with nothing under way. */
export interface Waiters {
  /** @param leave ends the wait and gives the channel to whoever claims it next */
  add(leave: () => void): () => void;
  /** Ends that many waits, the longest first. */
  letGo(count: number): void;
  count(): number;
}

export function makeWaiters(): Waiters {
  const waiting = new Set<() => void>();
  return {
    add(leave) {
      waiting.add(leave);
      return () => waiting.delete(leave);
    },
    letGo(count) {
      for (const leave of [...waiting].slice(0, count)) {
        waiting.delete(leave);
        leave();
      }
    },
    count: () => waiting.size,
  };
}
