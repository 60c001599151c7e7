import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { FlowError } from '../../../shared/errors.ts';
import { impliedPort, parseAddress, type ServerAddress } from '../../../shared/mail-address.ts';

/**
 * Where the channel connects to, with the port its protocol and protection imply.
 *
 * @throws FlowError MAIL_HOST_NOT_FOUND if Address is not one; Deploy lets no such channel through, the connection test may
 */
export function mailAddress({ address, protocol, protection }: MailSenderConfig): ServerAddress {
  const parsed = parseAddress(address, impliedPort(protocol, protection));
  if (!parsed) throw new FlowError('MAIL_HOST_NOT_FOUND', { host: address });
  return parsed;
}
