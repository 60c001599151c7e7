import { oauth2Provider } from '../../server/oauth2/provider.ts';
import { answerAtProvider, startAuthorizationServer } from '../../server/testing/authorization-server.ts';

/** An access token with which this user may sign in to mail. */
export type TokenFor = (user: string) => Promise<string>;

export interface Tokens {
  tokenFor: TokenFor;
  /** Where mail servers ask about a token. */
  introspectionUrl: string;
  stop: () => Promise<void>;
}

const redirectUrl = 'http://127.0.0.1:8025/api/v1/oauth2/callback';

/** Starts an authorization server, at which every user signs in and allows what is asked for. */
export async function startTokens(): Promise<Tokens> {
  const server = await startAuthorizationServer({ redirectUrls: [redirectUrl] });
  const { authorizationUrl, tokenUrl, clientId, clientSecret, introspectionUrl } = server;
  const settings = { name: 'conformance', provider: 'generic', tenant: '', authorizationUrl, tokenUrl, clientId, clientSecret } as const;
  return {
    introspectionUrl,
    stop: () => server.close(),
    tokenFor: async (user) => {
      const client = { ...settings, sendAs: 'body', user, scope: 'openid offline_access mail' } as const;
      const request = { redirectUrl, state: 's', codeVerifier: 'v'.repeat(43) };
      const back = await answerAtProvider(await oauth2Provider.authorizationUrl(client, request), user);
      return (await oauth2Provider.exchange(client, { code: back.searchParams.get('code') ?? '' }, request)).accessToken;
    },
  };
}
