import type { MessageStatus } from '../../shared/status.ts';
import type { MessageFilters } from './message-filters.ts';

export interface MessagesMeant {
  flowId?: string | undefined;
  /** Any of them. */
  statuses?: readonly MessageStatus[] | undefined;
  /** Code of the error they have. */
  error?: string | undefined;
  /** ISO 8601. */
  from?: string | undefined;
  to?: string | undefined;
}

/** Queued, running, or waiting for the next attempt. */
export const openStatuses = ['PROCESSING', 'RETRY'] as const satisfies MessageStatus[];

/** The address of the list of exactly these messages, so that a figure and the list behind it agree. */
export function messagesSearch({ flowId, statuses, error, from, to }: MessagesMeant): MessageFilters {
  return {
    ...(flowId && { flow: flowId }),
    ...(statuses && { status: statuses.join(',') }),
    ...(error && { error }),
    ...(from && { from }),
    ...(to && { to }),
  };
}
