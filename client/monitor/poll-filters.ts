import { pollResults, type PollResult } from '../../shared/status.ts';

/** What the list of polls is narrowed to; kept in the address. */
export interface PollFilters {
  flow?: string;
  result?: PollResult;
}

/** Reads the filters of an address; what is not understood is left out. */
export function readPollFilters(params: Record<string, unknown>): PollFilters {
  const { flow } = params;
  const result = pollResults.find((candidate) => candidate === params['result']);
  return { ...(typeof flow === 'string' && flow !== '' && { flow }), ...(result && { result }) };
}
