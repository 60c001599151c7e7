import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { ApiError } from '../api.ts';
import { Skeleton } from '../ui/skeleton.tsx';
import { ErrorPanel } from './error-panel.tsx';

/** Shows the answer of a query; until then its shape, and a failed first reading with what to do. */
export function Loaded<Data>({
  query,
  rows = 6,
  children,
}: {
  query: UseQueryResult<Data, ApiError>;
  rows?: number;
  children: (data: Data) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />;
  return <Skeleton rows={rows} />;
}
