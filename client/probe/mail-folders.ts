import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import type { RouteAnswer } from '../../shared/api.ts';
import type { AnyDescription } from '../../shared/catalog/define.ts';
import type { FlowNode } from '../../shared/flow.ts';
import { callUntil, type ApiError } from '../api.ts';
import { probeKeys, type ProbeKeys } from './probe-stream.ts';

/** The server has its own, shorter deadlines. */
const deadlineMs = 5 * 60_000;
/** How long a list of folders is good, in ms. */
const freshMs = 5 * 60_000;

/** Where the folders of a connection are kept: the folder picker and the connection test fill it, each for the other. */
export function mailFoldersKey({ connection }: ProbeKeys): readonly unknown[] {
  return ['listMailFolders', connection];
}

export interface MailFolders {
  query: UseQueryResult<RouteAnswer<'listMailFolders'>, ApiError>;
  cancel: () => void;
  /** What the server answered when a folder was created. */
  keep: (answer: RouteAnswer<'listMailFolders'>) => void;
}

/** The folders of the mailbox that the values in the form lead to; asked for while `isWanted`. */
export function useMailFolders(node: FlowNode, description: AnyDescription, isWanted: boolean): MailFolders {
  const queryClient = useQueryClient();
  const queryKey = mailFoldersKey(probeKeys(description, node.config));
  const query = useQuery<RouteAnswer<'listMailFolders'>, ApiError>({
    queryKey,
    queryFn: async ({ signal }) => callUntil('listMailFolders', { body: { type: node.type, config: node.config } }, signal, deadlineMs),
    enabled: isWanted,
    staleTime: freshMs,
    retry: false,
    refetchOnWindowFocus: false,
    meta: { isShown: true },
  });
  return {
    query,
    cancel: () => void queryClient.cancelQueries({ queryKey }),
    keep: ({ folders }) => queryClient.setQueryData(queryKey, { folders }),
  };
}
