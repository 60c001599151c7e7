import { useMutation } from '@tanstack/react-query';
import type { UserView } from '../../shared/api/users.ts';
import { call } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { toast } from '../ui/toast.tsx';

export function DeleteUserDialog({ user, onClose }: { user: UserView; onClose: () => void }) {
  const remove = useMutation({
    mutationFn: async () => call('deleteUser', { params: { id: user.id } }),
    meta: { isShown: true },
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['listUsers'] });
      toast({ text: `Deleted ${user.name}.` });
      onClose();
    },
  });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Delete ${user.name}?`}
      size="sm"
      footer={
        <>
          <Button onClick={onClose}>Keep</Button>
          <Button variant="danger" isBusy={remove.isPending} onClick={() => remove.mutate()}>
            Delete
          </Button>
        </>
      }
    >
      <p className="text-ink-soft mb-3">
        Sessions {user.tokens > 0 && `and ${user.tokens === 1 ? 'the API token' : `all ${user.tokens} API tokens`} `}of this account end at
        once. What it did stays in the audit log. To keep the account for later, edit it and switch its sign-in off.
      </p>
      <FormError error={remove.error} />
    </Dialog>
  );
}
