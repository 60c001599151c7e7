import { useMutation } from '@tanstack/react-query';
import { Send } from 'lucide-react';
import { call, useRoute } from '../api.ts';
import { useWhyNot } from '../may.ts';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { toast } from '../ui/toast.tsx';

/** Puts a mail into the practice mailbox; absent where there is none. */
export function PracticeMailButton() {
  const practice = useRoute('getPractice', {});
  const whyNot = useWhyNot(['design', 'operate']);
  const send = useMutation({
    mutationFn: async () => call('sendPracticeMail', { body: {} }),
    onSuccess: (facts) => {
      queryClient.setQueryData(['getPractice', {}], facts);
      toast({
        text: 'A test mail is in the practice mailbox.',
        remedy: 'It is taken in at the next poll of a flow that reads it.',
        tone: 'good',
      });
    },
  });
  if (!practice.data?.isAvailable) return null;
  return (
    <Button icon={<Send size={14} aria-hidden />} whyNot={whyNot} isBusy={send.isPending} onClick={() => send.mutate()}>
      Send me a test mail
    </Button>
  );
}
