import type { BulkView, BulkWish } from '../../shared/api/bulks.ts';
import { messageQuery, type MessageFilters } from './message-filters.ts';

/** What is done with several messages: those that were chosen, or all that a filter lets through. */
export type Several = { ids: string[] } | { filters: MessageFilters; count: number; isMore: boolean };

/** What became of it. */
export type Tally = Pick<BulkView, 'done' | 'refused' | 'reasons' | 'state' | 'total'>;

/** "3 messages", "1 message", "more than 10,000 messages" */
export function countOf(several: Several): string {
  const count = 'ids' in several ? several.ids.length : several.count;
  return `${'ids' in several || !several.isMore ? '' : 'more than '}${messagesText(count)}`;
}

/** "3 messages", "1 message" */
export function messagesText(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'message' : 'messages'}`;
}

/** As the API is asked for it. */
export function bulkWish(several: Several, now = new Date()): BulkWish {
  return 'ids' in several ? several : { filter: messageQuery(several.filters, now) };
}

/** "120 of 500", "120 so far" */
export function progressText({ done, refused, total }: Pick<Tally, 'done' | 'refused' | 'total'>): string {
  const answered = (done + refused).toLocaleString('en');
  return total === null ? `${answered} so far` : `${answered} of ${total.toLocaleString('en')}`;
}
