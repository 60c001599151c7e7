import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { FlowError } from '../../../shared/errors.ts';
import { parseAddress, type ServerAddress } from '../../../shared/mail-address.ts';
import type { Credential, Secrets } from '../../ports/secrets.ts';
import { mailAddress } from './address.ts';
import { readTrusted, type Trusted } from './trust.ts';

/** How a channel's mail server is reached. */
export interface Route extends ServerAddress {
  /** For getting a connection: name lookup, proxy and TLS handshake together. */
  timeoutMs: number;
  proxy?: Proxy | undefined;
  /** Trusted besides the authorities of this machine. */
  trusted?: Trusted | undefined;
}

export interface Proxy extends ServerAddress {
  type: 'socks5' | 'http-connect';
  /** Absent where the proxy asks for none. It is sent as it is: neither SOCKS5 nor HTTP CONNECT encrypts. */
  credential?: Credential | undefined;
}

export type RouteSettings = Pick<
  MailSenderConfig,
  'protocol' | 'address' | 'protection' | 'timeoutMs' | 'proxyType' | 'proxyAddress' | 'proxyCredential' | 'trustedCertificate'
>;

/**
 * The way that the channel's settings describe, with the security material it names.
 *
 * @throws FlowError MAIL_HOST_NOT_FOUND, MAIL_PROXY_NOT_FOUND, CREDENTIAL_NOT_DEPLOYED, CREDENTIAL_HOST_NOT_ALLOWED,
 * CERTIFICATE_NOT_DEPLOYED, MAIL_TRUSTED_CERTIFICATE_UNREADABLE
 */
export async function routeOf(settings: RouteSettings, secrets: Pick<Secrets, 'useCredential' | 'trustedCertificate'>): Promise<Route> {
  const { protection, trustedCertificate, timeoutMs } = settings;
  const isNamed = trustedCertificate !== '' && protection !== 'off';
  return {
    ...mailAddress(settings),
    timeoutMs,
    proxy: await proxyOf(settings, secrets),
    trusted: isNamed ? readTrusted(trustedCertificate, await secrets.trustedCertificate(trustedCertificate)) : undefined,
  };
}

async function proxyOf(
  { proxyType, proxyAddress, proxyCredential }: RouteSettings,
  secrets: Pick<Secrets, 'useCredential'>,
): Promise<Proxy | undefined> {
  if (proxyType === 'none') return undefined;
  // A proxy has no usual port to imply.
  const address = parseAddress(proxyAddress, 0);
  if (!address) throw new FlowError('MAIL_PROXY_NOT_FOUND', { host: proxyAddress });
  const credential = proxyCredential === '' ? undefined : await secrets.useCredential(proxyCredential, address.host);
  return { ...address, type: proxyType, credential };
}
