import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { asApiError } from '../api.ts';
import { toast } from '../ui/toast.tsx';

/**
 * Queries of the whole page. A session that has ended is noticed here: the session is read again and the router's guard leads to sign-in.
 * A failed action is shown as a toast unless its caller shows it (`meta.isShown`).
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (failures, error) => failures < 2 && asApiError(error).status === 0,
      retryDelay: 800,
    },
  },
  queryCache: new QueryCache({ onError: noticeSignOut }),
  mutationCache: new MutationCache({
    onError: (error, _variables, _result, mutation) => {
      noticeSignOut(error);
      if (mutation.meta?.['isShown']) return;
      const { message, remedy } = asApiError(error);
      toast({ text: message, remedy, tone: 'bad' });
    },
  }),
});

/** Or another role: what is shown follows it. */
function noticeSignOut(error: unknown): void {
  const { code } = asApiError(error);
  if (code === 'NOT_SIGNED_IN' || code === 'NOT_ALLOWED') void queryClient.invalidateQueries({ queryKey: ['getSession'] });
}
