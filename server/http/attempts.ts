import type { Clock } from '../ports/common.ts';

export interface AttemptLimit {
  /** Failures admitted within the window. */
  max: number;
  windowMs: number;
}

/** Above this the oldest are forgotten, so that made-up names can't fill the memory. */
const maxKeys = 10_000;

/**
 * Counts failed attempts by key. An attempt is counted when it begins, so that many at once can't slip through.
 */
export function createAttempts({ max, windowMs }: AttemptLimit, clock: Clock) {
  const windows = new Map<string, { count: number; endsAt: number }>();

  return {
    /** @returns seconds to wait, or 0 when the attempt may be made (and was counted) */
    begin(key: string): number {
      const now = clock.now().getTime();
      const open = windows.get(key);
      const window = open && open.endsAt > now ? open : { count: 0, endsAt: now + windowMs };
      if (window.count >= max) return Math.ceil((window.endsAt - now) / 1_000);
      window.count += 1;
      windows.delete(key);
      windows.set(key, window);
      const [oldest] = windows.keys();
      if (windows.size > maxKeys && oldest !== undefined) windows.delete(oldest);
      return 0;
    },

    /** Takes the attempt back: it did not fail because of who made it. */
    forgive(key: string): void {
      const window = windows.get(key);
      if (window) window.count -= 1;
    },

    /** Forgets earlier failures. */
    clear(key: string): void {
      windows.delete(key);
    },
  };
}

export type Attempts = ReturnType<typeof createAttempts>;
