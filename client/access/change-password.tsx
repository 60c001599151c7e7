import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { asApiError, call } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { toast } from '../ui/toast.tsx';
import { PasswordField } from './password-field.tsx';

export function ChangePassword({ owner }: { owner: { email: string; name: string } }) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    mutationFn: async () => call('changePassword', { body: { current, next } }),
    meta: { isShown: true },
    onSuccess: async ({ ended }) => {
      setCurrent('');
      setNext('');
      await queryClient.invalidateQueries({ queryKey: ['listSessions'] });
      toast({
        text: ended === 0 ? 'Your password is changed.' : 'Your password is changed. You are signed out everywhere else.',
        tone: 'good',
      });
    },
  });
  const error = change.error ? asApiError(change.error) : undefined;
  const isWrong = error?.code === 'PASSWORD_WRONG';
  const isWeak = error?.code === 'PASSWORD_TOO_WEAK';
  return (
    <form
      className="flex max-w-sm flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      {/* So that password managers know whose it is. */}
      <input type="text" autoComplete="username" value={owner.email} readOnly hidden />
      <Field label="Current password" error={isWrong ? error.message : undefined} isRequired>
        {(ids) => <TextInput {...ids} type="password" autoComplete="current-password" required value={current} onChange={setCurrent} />}
      </Field>
      <PasswordField label="New password" value={next} onChange={setNext} owner={owner} error={isWeak ? error.message : undefined} />
      {!isWrong && !isWeak && <FormError error={change.error} />}
      <Button type="submit" variant="primary" isBusy={change.isPending} className="self-start">
        Change password
      </Button>
    </form>
  );
}
