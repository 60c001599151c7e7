import { makePlaces, type Places } from './places.ts';

/**
 * Calls at once to one receiver, within this worker. Whoever finds them all taken waits a moment, if few do; the others give their place
 * among the running exchanges back and come again when their turn is likely to have come, so that a slow receiver holds hardly more
 * places than it is called with: `limit` and a quarter of it.
 */
export interface ReceiverTurns {
  /**
   * @param limit 0 for none
   * @returns gives the turn back; or when to come again, as ms since 1970
   * @throws the reason of `signal` when that aborts first
   */
  take(receiver: string, limit: number, signal: AbortSignal): Promise<(() => void) | number>;
}

/** How long a turn is waited for in place. */
const waitMs = 2_000;
/** Nobody is sent away for less, or for longer. */
const shortestAwayMs = 500;
const longestAwayMs = 60_000;

interface Desk {
  limit: number;
  places: Places;
  waiting: number;
  /** Of a call, the newest counting most. */
  meanMs: number;
  /** When the last of those that were sent away is to come. */
  lastComesAt: number;
}

export function makeReceiverTurns({ now = Date.now, waitInPlaceMs = waitMs } = {}): ReceiverTurns {
  const desks = new Map<string, Desk>();

  /** A version with another limit starts to count anew. */
  function deskOf(receiver: string, limit: number): Desk {
    const present = desks.get(receiver);
    if (present?.limit === limit) return present;
    const desk: Desk = { limit, places: makePlaces(limit), waiting: 0, meanMs: present?.meanMs ?? 0, lastComesAt: 0 };
    desks.set(receiver, desk);
    return desk;
  }

  async function enter(desk: Desk, signal: AbortSignal): Promise<(() => void) | undefined> {
    if (desk.places.free() > 0) return desk.places.take(signal);
    if (desk.waiting >= Math.ceil(desk.limit / 4)) return undefined;
    desk.waiting += 1;
    const place = await desk.places.take(AbortSignal.any([signal, AbortSignal.timeout(waitInPlaceMs)]));
    desk.waiting -= 1;
    if (signal.aborted) place?.();
    signal.throwIfAborted();
    return place;
  }

  /** One after the other, as fast as the receiver takes them. */
  function comeAgainAt(desk: Desk): number {
    const earliest = now() + shortestAwayMs;
    desk.lastComesAt = Math.min(now() + longestAwayMs, Math.max(earliest, desk.lastComesAt + desk.meanMs / desk.limit));
    return desk.lastComesAt;
  }

  return {
    async take(receiver, limit, signal) {
      signal.throwIfAborted();
      if (limit === 0) return () => undefined;
      const desk = deskOf(receiver, limit);
      const giveBack = await enter(desk, signal);
      if (!giveBack) return comeAgainAt(desk);
      const since = now();
      return () => {
        desk.meanMs = desk.meanMs === 0 ? now() - since : desk.meanMs * 0.8 + (now() - since) * 0.2;
        giveBack();
      };
    },
  };
}
