import { maxMessagesAtOnce, type SeveralAnswers } from '../../shared/api/messages.ts';
import type { MessageFilters } from './message-filters.ts';

/** What is done with several messages: those that were chosen, or all that a filter lets through. */
export type Several = { ids: string[] } | { filters: MessageFilters; count: number; isMore: boolean };

/** What became of it. */
export interface Tally {
  done: number;
  refused: number;
  /** Why, each with the number of messages; the most frequent first. */
  reasons: { text: string; count: number }[];
}

/** "3 messages", "1 message", "more than 10,000 messages" */
export function countOf(several: Several): string {
  const count = 'ids' in several ? several.ids.length : several.count;
  const number = count.toLocaleString('en');
  return `${'ids' in several || !several.isMore ? '' : 'more than '}${number} ${count === 1 ? 'message' : 'messages'}`;
}

/** The part of a call: ids, or where to go on in the filter. */
export type Part = { ids: string[] } | { cursor: string | undefined };

/**
 * Does it a part at a time, until all are answered for.
 *
 * @param onProgress messages answered for so far
 */
export async function doSeveral(
  several: Several,
  send: (part: Part) => Promise<SeveralAnswers>,
  onProgress: (count: number) => void,
): Promise<Tally> {
  const counts = new Map<string, number>();
  let done = 0;
  let refused = 0;
  const take = ({ results }: SeveralAnswers) => {
    for (const { error } of results) {
      if (error) counts.set(error.message, (counts.get(error.message) ?? 0) + 1);
      if (error) refused += 1;
      else done += 1;
    }
    onProgress(done + refused);
  };
  if ('ids' in several) {
    for (let from = 0; from < several.ids.length; from += maxMessagesAtOnce) {
      take(await send({ ids: several.ids.slice(from, from + maxMessagesAtOnce) }));
    }
  } else {
    let cursor: string | undefined;
    do {
      const answers = await send({ cursor });
      take(answers);
      cursor = answers.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }
  const reasons = [...counts].map(([text, count]) => ({ text, count })).sort((a, b) => b.count - a.count);
  return { done, refused, reasons };
}
