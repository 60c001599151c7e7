import type { MessageFilterView } from '../../shared/api/message-filter.ts';
import { readLogHeader } from '../../shared/log-header.ts';
import type { MessageFilter } from './logs.ts';

/** The filter as the log knows it. */
export function filterOf({ flowId, status, header, error, from, to, ...filter }: MessageFilterView): MessageFilter {
  return {
    ...filter,
    flowIds: flowId,
    statuses: status,
    header: header === undefined ? undefined : readLogHeader(header),
    errorCode: error,
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
  };
}
