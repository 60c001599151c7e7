import type { Resolver } from 'node:dns/promises';
import { isDomainName, type EmailAddress } from '../../../shared/email-address.ts';
import { addressFor } from '../../../shared/fixes.ts';
import { impliedPort } from '../../../shared/mail-address.ts';
import type { MailProposal } from '../../../shared/mail-proposal.ts';
import { proposalsOf, providerOfExchanger } from '../../../shared/mail-providers.ts';

export type MailResolver = Pick<Resolver, 'resolveSrv' | 'resolveMx'>;

/** Services of RFC 6186, the ones that begin with TLS first (RFC 8314, section 3.3). */
const services = [
  { name: '_imaps._tcp', protocol: 'imap4', protection: 'tls' },
  { name: '_imap._tcp', protocol: 'imap4', protection: 'starttls-mandatory' },
  { name: '_pop3s._tcp', protocol: 'pop3', protection: 'tls' },
  { name: '_pop3._tcp', protocol: 'pop3', protection: 'starttls-mandatory' },
] as const;

/**
 * The servers that the domain's SRV records name, the preferred one of each service.
 *
 * @throws Error when the name server does not answer; a domain without records is not one
 */
export async function proposalsFromSrv(email: EmailAddress, resolver: MailResolver): Promise<MailProposal[]> {
  const found = await Promise.all(
    services.map(async ({ name, protocol, protection }) => {
      const records = await orNone(resolver.resolveSrv(`${name}.${email.domain}`));
      const [first] = records.sort((a, b) => a.priority - b.priority || b.weight - a.weight);
      const host = (first?.name ?? '').toLowerCase().replace(/\.$/, '');
      // The root as target says: there is no such service (RFC 2782).
      if (!first || !isDomainName(host) || first.port === 0) return [];
      const proposal: MailProposal = {
        protocol,
        address: addressFor(host, first.port, impliedPort(protocol, protection)),
        protection,
        authentication: 'plain',
        user: email.text,
        sources: [`SRV record of ${email.domain}`],
        advice: isBelow(host, email.domain)
          ? []
          : [`${host} is not part of ${email.domain}: use it only if you know that it runs this mailbox.`],
      };
      return [proposal];
    }),
  );
  return found.flat();
}

/** The well-known service that receives the domain's mail. @throws Error when the name server does not answer */
export async function proposalsFromMx(email: EmailAddress, resolver: MailResolver): Promise<MailProposal[]> {
  const records = await orNone(resolver.resolveMx(email.domain));
  const [first] = records.sort((a, b) => a.priority - b.priority);
  const provider = first && providerOfExchanger(first.exchange);
  return provider ? proposalsOf(provider, email, `MX record of ${email.domain}, which points to ${provider.name}`) : [];
}

function isBelow(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

async function orNone<T>(answer: Promise<T[]>): Promise<T[]> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOTFOUND' || error.code === 'ENODATA')) return [];
    throw error;
  }
}
