import { messageStatuses, type MessageStatus } from '../../shared/status.ts';

/** What the list of messages is narrowed to; kept in the address, so that it can be shared and survives back and forward. */
export interface MessageFilters {
  flow?: string;
  status?: MessageStatus;
  search?: string;
}

/** Reads the filters of an address; what is not understood is left out. */
export function readMessageFilters(params: Record<string, unknown>): MessageFilters {
  const { flow, search } = params;
  const status = messageStatuses.find((candidate) => candidate === params['status']);
  return {
    ...(isText(flow) && { flow }),
    ...(status && { status }),
    ...(isText(search) && { search: search.slice(0, 200) }),
  };
}

export function hasFilters(filters: MessageFilters): boolean {
  return Object.keys(filters).length > 0;
}

/** The query of the API that these filters mean. */
export function messageQuery({ flow, status, search }: MessageFilters): { flowId?: string; status?: MessageStatus; search?: string } {
  return { ...(flow && { flowId: flow }), ...(status && { status }), ...(search && { search }) };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
