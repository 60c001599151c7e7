import { parseAddress } from '../../shared/mail-address.ts';

/** Whom settings were proposed for, by host, as long as the page is open: what a new credential for that host probably signs in as. */
const users = new Map<string, string>();

export function rememberUser(address: string, user: string): void {
  const host = parseAddress(address, 1)?.host;
  if (host !== undefined) users.set(host, user);
}

export function proposedUser(host: string | undefined): string | undefined {
  return host === undefined ? undefined : users.get(host);
}
