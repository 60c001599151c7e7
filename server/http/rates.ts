import type { RequestHandler } from 'express';
import { FlowError } from '../../shared/errors.ts';
import type { Clock } from '../ports/common.ts';
import type { AuditedRoute } from './audit-trail.ts';
import { visitorOf } from './visitor.ts';

/** How much one visitor may ask for. Far above what eight tabs of a person or a busy program need. */
export interface Rates {
  readsPerMinute: number;
  changesPerMinute: number;
  /** Routes that take a connection or much work. */
  heavyPerMinute: number;
  heavyAtOnce: number;
}

export const rates: Rates = { readsPerMinute: 12_000, changesPerMinute: 3_000, heavyPerMinute: 120, heavyAtOnce: 10 };

const windowMs = 60_000;
/** Above this the oldest are forgotten. */
const maxVisitors = 10_000;

/** Counts by visitor, in this process. @throws TOO_MANY_REQUESTS, with `Retry-After` */
export function limitRates(limits: Rates, clock: Clock): (route: AuditedRoute) => RequestHandler {
  const windows = new Map<string, { count: number; endsAt: number }>();
  const running = new Map<string, number>();

  /** @returns seconds to wait, 0 when it was counted */
  function count(key: string, most: number): number {
    const now = clock.now().getTime();
    const known = windows.get(key);
    const window = known && known.endsAt > now ? known : { count: 0, endsAt: now + windowMs };
    if (window.count >= most) return Math.ceil((window.endsAt - now) / 1_000);
    window.count += 1;
    if (window !== known) {
      windows.delete(key);
      windows.set(key, window);
      const [oldest] = windows.keys();
      if (windows.size > maxVisitors && oldest !== undefined) windows.delete(oldest);
    }
    return 0;
  }

  return ({ method, rate }) =>
    (request, response, next) => {
      const visitor = visitorOf(request);
      // A person's tokens count as the person.
      const id = visitor.userId ?? visitor.id;
      const [kind, most] =
        rate === 'heavy'
          ? (['heavy', limits.heavyPerMinute] as const)
          : method === 'GET'
            ? (['read', limits.readsPerMinute] as const)
            : (['change', limits.changesPerMinute] as const);
      const atOnce = running.get(id) ?? 0;
      const seconds = kind === 'heavy' && atOnce >= limits.heavyAtOnce ? 1 : count(`${kind} ${id}`, most);
      if (seconds > 0) {
        response.set('Retry-After', String(seconds));
        throw new FlowError('TOO_MANY_REQUESTS', { seconds });
      }
      if (kind === 'heavy') {
        running.set(id, atOnce + 1);
        response.once('close', () => {
          const left = (running.get(id) ?? 1) - 1;
          if (left > 0) running.set(id, left);
          else running.delete(id);
        });
      }
      next();
    };
}
