import { daysUntil } from '../../shared/certificate.ts';
import { expiringDays } from '../../shared/material.ts';

/** How long something is still valid, in words and in how much it matters. */

export interface Expiry {
  tone: 'neutral' | 'warn' | 'bad';
  words: string;
}

/** @param until ISO 8601 */
export function expiryOf(until: string, now: Date): Expiry {
  const end = new Date(until);
  const days = daysUntil(end, now);
  const date = end.toLocaleDateString(undefined, { dateStyle: 'medium' });
  if (end <= now) return { tone: 'bad', words: `expired on ${date}` };
  if (days >= expiringDays) return { tone: 'neutral', words: `until ${date}` };
  return { tone: 'warn', words: days === 0 ? 'expires within a day' : `expires in ${days} ${days === 1 ? 'day' : 'days'}` };
}
