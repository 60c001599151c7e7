import type { MessageStatus } from '../../shared/status.ts';
import type { MessageFilters } from './message-filters.ts';

export interface MessagesMeant {
  flowId?: string | undefined;
  /** One, or any of several. */
  status?: MessageStatus | MessageStatus[] | undefined;
  /** Code of the error they have. */
  error?: string | undefined;
  /** ISO 8601. */
  from?: string | undefined;
  to?: string | undefined;
}

/** The address of the list of exactly these messages, so that a figure and the list behind it agree. */
export function messagesSearch({ flowId, status, error, from, to }: MessagesMeant): MessageFilters {
  return {
    ...(flowId && { flow: flowId }),
    ...(status && { status: [status].flat().join(',') }),
    ...(error && { error }),
    ...(from && { from }),
    ...(to && { to }),
  };
}
