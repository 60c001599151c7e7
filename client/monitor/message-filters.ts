import { messageStatuses, type MessageStatus } from '../../shared/status.ts';
import { isMessageTime, startOf, type MessageTime } from './message-times.ts';

/** What the list of messages is narrowed to; kept in the address, so that it can be shared and survives back and forward. */
export interface MessageFilters {
  flow?: string;
  status?: MessageStatus;
  search?: string;
  /** Received within the last … */
  last?: MessageTime;
  /** Received from the one time on, and before the other: ISO 8601. */
  from?: string;
  to?: string;
}

/** Reads the filters of an address; what is not understood is left out. */
export function readMessageFilters(params: Record<string, unknown>): MessageFilters {
  const { flow, search, last, from, to } = params;
  const status = messageStatuses.find((candidate) => candidate === params['status']);
  return {
    ...(isText(flow) && { flow }),
    ...(status && { status }),
    ...(isText(search) && { search: search.slice(0, 200) }),
    ...(isMessageTime(last) && { last }),
    ...(isTime(from) && { from }),
    ...(isTime(to) && { to }),
  };
}

export function hasFilters(filters: MessageFilters): boolean {
  return Object.keys(filters).length > 0;
}

/** The query of the API that these filters mean. */
export function messageQuery({ flow, status, search, last, from, to }: MessageFilters, now = new Date()): MessageQuery {
  const since = last ? startOf(last, now) : from;
  return {
    ...(flow && { flowId: flow }),
    ...(status && { status }),
    ...(search && { search }),
    ...(since && { from: since }),
    ...(to && !last && { to }),
  };
}

type MessageQuery = { flowId?: string; status?: MessageStatus; search?: string; from?: string; to?: string };

function isTime(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value));
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
