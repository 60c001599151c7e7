/** How long something is still valid, in words and in how much it matters. */

const msPerDay = 86_400_000;
/** Time enough to get another one. */
const warnDays = 30;

export interface Expiry {
  tone: 'neutral' | 'warn' | 'bad';
  words: string;
}

/** @param until ISO 8601 */
export function expiryOf(until: string, now: Date): Expiry {
  const end = new Date(until);
  const days = Math.floor((end.getTime() - now.getTime()) / msPerDay);
  const date = end.toLocaleDateString(undefined, { dateStyle: 'medium' });
  if (end <= now) return { tone: 'bad', words: `expired on ${date}` };
  if (days >= warnDays) return { tone: 'neutral', words: `until ${date}` };
  return { tone: 'warn', words: days === 0 ? 'expires within a day' : `expires in ${days} ${days === 1 ? 'day' : 'days'}` };
}
