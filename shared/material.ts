import { daysUntil } from './certificate.ts';

/** Security material of all kinds: what people are told of each artifact. */

export const materialKinds = ['credential', 'oauth2', 'oauth2-client', 'parameter', 'certificate', 'known-hosts', 'key-pair'] as const;
export type MaterialKind = (typeof materialKinds)[number];

export const materialKindTitles: Record<MaterialKind, string> = {
  credential: 'User Credentials',
  oauth2: 'OAuth2 Authorization Code',
  'oauth2-client': 'OAuth2 Client Credentials',
  parameter: 'Secure Parameter',
  certificate: 'Trusted certificate',
  'known-hosts': 'Known Hosts',
  'key-pair': 'Key pair',
};

/**
 * `Unauthorized`: a person must authorize it. `Refused`: the other side does not let it in. `Error`: it can't be opened, or a provider
 * refuses the client. `Expiring`: within `expiringDays`.
 */
export const materialStates = ['Deployed', 'Unauthorized', 'Refused', 'Error', 'Expiring', 'Expired'] as const;
export type MaterialState = (typeof materialStates)[number];

/** Time enough to get another one. */
export const expiringDays = 30;

export function expiryState(until: Date, now: Date): 'Deployed' | 'Expiring' | 'Expired' {
  if (until <= now) return 'Expired';
  return daysUntil(until, now) < expiringDays ? 'Expiring' : 'Deployed';
}
