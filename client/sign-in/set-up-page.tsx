import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLocation, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { asApiError, call } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { Entrance } from './entrance.tsx';

/** First visit: whoever can read the server's console creates the administrator. */
export function SetUpPage() {
  const hash = useLocation({ select: (location) => location.hash });
  const [token, setToken] = useState(() => new URLSearchParams(hash).get('token') ?? '');
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const router = useRouter();
  const queryClient = useQueryClient();
  const setUp = useMutation({
    mutationFn: async () => call('setUp', { body: { token: token.trim(), name, email, password } }),
    meta: { isShown: true },
    onSuccess: async (session) => {
      queryClient.setQueryData(['getSession', {}], session);
      await router.navigate({ to: '/', replace: true });
    },
  });
  const problemOf = (path: string) => (setUp.error ? asApiError(setUp.error).problemOf(path) : undefined);
  return (
    <Entrance title="Create the administrator" intro="This is the first visit. The account you create here can do everything.">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          setUp.mutate();
        }}
      >
        <Field label="Set-up token" help="Printed by the server where it was started." error={problemOf('token')} isRequired>
          {(ids) => <TextInput {...ids} autoComplete="off" required value={token} onChange={setToken} className="font-mono" />}
        </Field>
        <Field label="Name" error={problemOf('name')} isRequired>
          {(ids) => <TextInput {...ids} autoComplete="name" required maxLength={200} value={name} onChange={setName} />}
        </Field>
        <Field label="E-mail" help="You sign in with it; nothing is sent to it." error={problemOf('email')} isRequired>
          {(ids) => <TextInput {...ids} type="email" autoComplete="username" required value={email} onChange={setEmail} />}
        </Field>
        <Field label="Password" help="At least 10 characters." error={problemOf('password')} isRequired>
          {(ids) => (
            <TextInput
              {...ids}
              type="password"
              autoComplete="new-password"
              required
              minLength={10}
              value={password}
              onChange={setPassword}
            />
          )}
        </Field>
        <FormError error={setUp.error} />
        <Button type="submit" variant="primary" isBusy={setUp.isPending}>
          Create administrator
        </Button>
      </form>
    </Entrance>
  );
}
