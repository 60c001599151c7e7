import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useLocation, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { PasswordField } from '../access/password-field.tsx';
import { asApiError, call } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { Button } from '../ui/button.tsx';
import { Entrance } from './entrance.tsx';

/** Where the link of an administrator leads: choose a password, once. The token stays behind the #, so that no log has it. */
export function WelcomePage() {
  const hash = useLocation({ select: (location) => location.hash });
  const [token] = useState(() => new URLSearchParams(hash).get('token') ?? '');
  const [password, setPassword] = useState('');
  const router = useRouter();
  const queryClient = useQueryClient();
  const owner = useQuery({ queryKey: ['readWelcome', token], queryFn: async () => call('readWelcome', { body: { token } }), retry: false });
  const choose = useMutation({
    mutationFn: async () => call('welcome', { body: { token, password } }),
    meta: { isShown: true },
    onSuccess: async (session) => {
      queryClient.clear();
      queryClient.setQueryData(['getSession', {}], session);
      await router.navigate({ to: '/', replace: true });
    },
  });
  if (owner.error) {
    const { message, remedy } = asApiError(owner.error);
    return (
      <Entrance title="Choose a password" intro={message}>
        <p className="mb-4">{remedy}</p>
        <Link to="/sign-in" className="text-accent font-medium hover:underline">
          Go to sign-in
        </Link>
      </Entrance>
    );
  }
  const isWeak = choose.error ? asApiError(choose.error).code === 'PASSWORD_TOO_WEAK' : false;
  return (
    <Entrance
      title="Choose a password"
      intro={owner.data ? `Welcome, ${owner.data.name}. You sign in as ${owner.data.email}.` : 'One moment …'}
    >
      {owner.data ? (
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            choose.mutate();
          }}
        >
          {/* So that password managers know whose it is. */}
          <input type="text" autoComplete="username" value={owner.data.email} readOnly hidden />
          <PasswordField
            label="Password"
            value={password}
            onChange={setPassword}
            owner={owner.data}
            error={isWeak && choose.error ? asApiError(choose.error).message : undefined}
          />
          {!isWeak && <FormError error={choose.error} />}
          <Button type="submit" variant="primary" isBusy={choose.isPending}>
            Set password and sign in
          </Button>
        </form>
      ) : (
        <Skeleton rows={2} />
      )}
    </Entrance>
  );
}
