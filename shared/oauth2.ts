import { isLoopback } from './mail-address.ts';

/** What OAuth2 Authorization Code artifacts need to know of the providers (RFC 6749), as data. */

export const oauth2ProviderNames = ['microsoft', 'google', 'generic'] as const;
export type OAuth2ProviderName = (typeof oauth2ProviderNames)[number];

export const clientSecretPlaces = ['body', 'basic'] as const;
/** Where the client secret travels: as a parameter, or in HTTP Basic (RFC 6749, section 2.3.1). */
export type ClientSecretPlace = (typeof clientSecretPlaces)[number];

export const clientSecretPlaceTitles: Record<ClientSecretPlace, string> = { body: 'Body', basic: 'Basic header' };

export interface OAuth2Preset {
  title: string;
  /** `{tenant}` stands for the tenant. Absent where people type it. */
  authorizationUrl?: string;
  tokenUrl?: string;
  /** Stands in `iss` of the provider's answers (RFC 9207). */
  issuer?: string;
  /** What Scope is filled in with: reading mail by IMAP4 and by POP3. */
  scope: string;
  /** Asked for in any case: without it there is no refresh token. */
  alwaysScope: string[];
  /** Further parameters of the authorization request. */
  parameters: Record<string, string>;
  /** Mail servers that take its tokens. */
  allowedHosts: string[];
}

/** Microsoft: learn.microsoft.com "Authenticate an IMAP, POP or SMTP connection using OAuth". Google: developers.google.com/gmail/imap/xoauth2-protocol. */
export const oauth2Presets: Record<OAuth2ProviderName, OAuth2Preset> = {
  microsoft: {
    title: 'Microsoft 365',
    authorizationUrl: 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize',
    tokenUrl: 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token',
    scope: 'https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/POP.AccessAsUser.All',
    alwaysScope: ['offline_access'],
    parameters: {},
    allowedHosts: ['outlook.office365.com'],
  },
  google: {
    title: 'Google',
    authorizationUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
    tokenUrl: 'https://oauth2.googleapis.com/token',
    issuer: 'https://accounts.google.com',
    scope: 'https://mail.google.com/',
    alwaysScope: [],
    // Google hands out a refresh token only for these two.
    parameters: { access_type: 'offline', prompt: 'consent' },
    allowedHosts: ['imap.gmail.com', 'pop.gmail.com'],
  },
  generic: { title: 'Another provider', scope: 'offline_access', alwaysScope: [], parameters: {}, allowedHosts: [] },
};

/** The part of an artifact that its requests are made from. */
export interface OAuth2Endpoints {
  provider: OAuth2ProviderName;
  /** Directory of the organisation; Microsoft 365 only. */
  tenant: string;
  authorizationUrl: string;
  tokenUrl: string;
}

/** Both addresses, from the preset where there is one. */
export function endpointsOf({ provider, tenant, authorizationUrl, tokenUrl }: OAuth2Endpoints): {
  authorizationUrl: string;
  tokenUrl: string;
} {
  const preset = oauth2Presets[provider];
  const filled = (template: string) => template.replace('{tenant}', encodeURIComponent(tenant));
  return {
    authorizationUrl: preset.authorizationUrl === undefined ? authorizationUrl : filled(preset.authorizationUrl),
    tokenUrl: preset.tokenUrl === undefined ? tokenUrl : filled(preset.tokenUrl),
  };
}

/** What is asked for: Scope as typed and what the provider needs besides, each once. */
export function requestedScope(provider: OAuth2ProviderName, scope: string): string {
  return [...new Set([...scope.split(/\s+/).filter(Boolean), ...oauth2Presets[provider].alwaysScope])].join(' ');
}

/** Further parameters of the authorization request. */
export function requestParameters(provider: OAuth2ProviderName, scope: string): Record<string, string> {
  // OpenID Connect Core 1.0, section 11: offline_access is ignored unless the person is asked.
  const asksOffline = provider === 'generic' && scope.split(/\s+/).includes('offline_access');
  return asksOffline ? { prompt: 'consent' } : oauth2Presets[provider].parameters;
}

/** Why a token or secret must not be sent to this address; undefined when it may. */
export function whyNotEndpoint(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be an address such as https://login.example.com/token';
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isLocal = url.protocol === 'http:' && isLoopback(host);
  if (url.protocol !== 'https:' && !isLocal) return 'must begin with https:// (http:// only for this machine)';
  if (url.username !== '' || url.password !== '') return 'must not hold a user or password';
  return url.hash === '' ? undefined : 'must not hold a "#"';
}
