import { domainToASCII } from 'node:url';
import { isIP } from 'node:net';
import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { FlowError } from '../../../shared/errors.ts';
import { impliedPort, parseAddress, type ServerAddress } from '../../../shared/mail-address.ts';

/**
 * Where the channel connects to, with the port its protocol and protection imply.
 *
 * @throws FlowError MAIL_HOST_NOT_FOUND if Address is not one; Deploy lets no such channel through, the connection test may
 */
export function mailAddress({
  address,
  protocol,
  protection,
}: Pick<MailSenderConfig, 'address' | 'protocol' | 'protection'>): ServerAddress {
  const parsed = parseAddress(address, impliedPort(protocol, protection));
  if (!parsed) throw new FlowError('MAIL_HOST_NOT_FOUND', { host: address });
  return parsed;
}

/**
 * A host as protocols and certificates write it: names with other letters in their ASCII form (RFC 5891), without a final dot.
 *
 * @throws FlowError MAIL_HOST_NOT_FOUND if it can't be the name of a host
 */
export function wireHost(host: string): string {
  if (isIP(host) !== 0) return host;
  const name = domainToASCII(host).replace(/\.$/, '');
  if (name === '') throw new FlowError('MAIL_HOST_NOT_FOUND', { host });
  return name;
}
