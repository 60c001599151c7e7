import { useMutation } from '@tanstack/react-query';
import { RefreshCw } from 'lucide-react';
import { call } from '../api.ts';
import { queryClient } from '../shell/query-client.ts';
import { useMay } from '../may.ts';
import { Button } from '../ui/button.tsx';

/** Visits the mailboxes of a flow at once. */
export function PollNowButton({ flowId }: { flowId: string }) {
  const pollNow = useMutation({
    mutationFn: async () => call('pollNow', { params: { id: flowId } }),
    onSuccess: async () => {
      for (const name of ['listDeployments', 'getOverview']) await queryClient.invalidateQueries({ queryKey: [name] });
    },
  });
  const mayPoll = useMay(['deploy', 'operate']);
  return (
    <Button
      disabled={!mayPoll}
      size="sm"
      icon={<RefreshCw size={13} aria-hidden />}
      isBusy={pollNow.isPending}
      onClick={() => pollNow.mutate()}
    >
      Poll now
    </Button>
  );
}
