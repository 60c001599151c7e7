import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import { useEffect, useState } from 'react';
import { call } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { Entrance } from '../sign-in/entrance.tsx';
import { Button, buttonClass } from '../ui/button.tsx';
import { Spinner } from '../ui/spinner.tsx';

/**
 * Where the browser comes back to from the provider, in the tab that was opened for it (see server/http/oauth2.ts). What the
 * provider handed over stands behind the "#"; it is taken out of the address at once and is good for one use.
 */
export function AuthorizedPage() {
  const [handedOver] = useState(() => new URLSearchParams(window.location.hash.slice(1)));
  useEffect(() => window.history.replaceState(null, '', window.location.pathname), []);
  const state = handedOver.get('state') ?? '';
  // A query rather than an effect, so that it is sent once however often the page is drawn.
  const authorization = useQuery({
    queryKey: ['authorization', state],
    queryFn: async () => call('completeOAuth2Authorization', { body: { state: state || 'none', ...answerIn(handedOver) } }),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
    refetchOnReconnect: false,
    refetchOnWindowFocus: false,
  });
  const { data, error } = authorization;

  if (error) {
    return (
      <Entrance title="Not authorized" intro="The provider sent you back to Mailroom, but there is no authorization.">
        <div className="flex flex-col gap-4">
          <FormError error={error} />
          <Leave />
        </div>
      </Entrance>
    );
  }
  if (!data) {
    return (
      <Entrance title="Authorizing…" intro="Mailroom is getting its token from the provider.">
        <output className="text-ink-soft flex items-center gap-2">
          <Spinner /> This takes a moment.
        </output>
      </Entrance>
    );
  }
  return (
    <Entrance title="Authorized" intro="Channels that wait for it go on by themselves.">
      <div className="flex flex-col gap-4">
        <p className="flex items-start gap-2">
          <CircleCheck size={16} className="text-good mt-0.5 shrink-0" aria-hidden />
          <span className="min-w-0 break-words">
            ‘{data.name}’ can sign in as {data.user}. You can close this tab.
          </span>
        </p>
        <Leave />
      </div>
    </Entrance>
  );
}

function Leave() {
  return (
    <div className="flex flex-wrap gap-2">
      {/* Does nothing where a person opened the tab by hand. */}
      <Button variant="primary" onClick={() => window.close()}>
        Close this tab
      </Button>
      <Link to="/security/oauth2" className={buttonClass()}>
        Go to OAuth2 artifacts
      </Link>
    </div>
  );
}

function answerIn(given: URLSearchParams) {
  const text = (name: string) => given.get(name) ?? undefined;
  return { code: text('code'), iss: text('iss'), error: text('error'), errorDescription: text('error_description')?.slice(0, 2_000) };
}
