import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { asApiError, call } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { Entrance } from './entrance.tsx';
import { ownPath } from './own-path.ts';

export function SignInPage() {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const router = useRouter();
  const queryClient = useQueryClient();
  const { to } = useSearch({ from: '/sign-in' });
  const signIn = useMutation({
    mutationFn: async () => call('signIn', { body: { email, password } }),
    meta: { isShown: true },
    onSuccess: (session) => {
      queryClient.setQueryData(['getSession', {}], session);
      router.history.replace(ownPath(to));
    },
  });
  const problemOf = (path: string) => (signIn.error ? asApiError(signIn.error).problemOf(path) : undefined);
  return (
    <Entrance title="Sign in" intro="Continue to your flows.">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        <Field label="E-mail" error={problemOf('email')}>
          {(ids) => <TextInput {...ids} type="email" autoComplete="username" required value={email} onChange={setEmail} />}
        </Field>
        <Field label="Password" error={problemOf('password')}>
          {(ids) => <TextInput {...ids} type="password" autoComplete="current-password" required value={password} onChange={setPassword} />}
        </Field>
        <FormError error={signIn.error} />
        <Button type="submit" variant="primary" isBusy={signIn.isPending}>
          Sign in
        </Button>
        <p className="text-ink-faint text-xs">Forgotten your password? An administrator can give you a link to choose another one.</p>
      </form>
    </Entrance>
  );
}
