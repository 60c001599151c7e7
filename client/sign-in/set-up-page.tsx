import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLocation, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { PasswordField } from '../access/password-field.tsx';
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
  const refusal = setUp.error ? asApiError(setUp.error) : undefined;
  const problemOf = (path: string) => refusal?.problemOf(path);
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
        <PasswordField
          label="Password"
          value={password}
          onChange={setPassword}
          owner={{ email, name }}
          error={refusal?.code === 'PASSWORD_TOO_WEAK' ? refusal.message : problemOf('password')}
        />
        {refusal?.code !== 'PASSWORD_TOO_WEAK' && <FormError error={setUp.error} />}
        <Button type="submit" variant="primary" isBusy={setUp.isPending}>
          Create administrator
        </Button>
      </form>
    </Entrance>
  );
}
