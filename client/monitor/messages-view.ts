import { readColumns } from './message-columns.ts';
import { readMessageFilters, type MessageFilters } from './message-filters.ts';

/** What the page of messages shows, as its address says it: filters and columns. A link to it shows the same to others. */
export interface MessagesView extends MessageFilters {
  /** Names of `message-columns.ts`, separated by commas; the usual ones where it is left out. */
  cols?: string;
}

export function readMessagesView(params: Record<string, unknown>): MessagesView {
  const columns = readColumns(params['cols']);
  return { ...readMessageFilters(params), ...(columns && { cols: columns.join(',') }) };
}

/** The same for the same filters, in whatever order an address has them. */
export function filtersKey(view: MessagesView): string {
  return JSON.stringify(readMessageFilters({ ...view }));
}

export function filtersOf({ cols: _cols, ...filters }: MessagesView): MessageFilters {
  return filters;
}
