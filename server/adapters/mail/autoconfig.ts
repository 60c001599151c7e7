import { isDomainName, type EmailAddress } from '../../../shared/email-address.ts';
import { addressFor } from '../../../shared/fixes.ts';
import { impliedPort } from '../../../shared/mail-address.ts';
import type { MailProposal } from '../../../shared/mail-proposal.ts';

/**
 * The incoming servers in Thunderbird's autoconfig format (wiki.mozilla.org/Thunderbird:Autoconfiguration:ConfigFileFormat),
 * in their order. Servers without encryption and ways to sign in that we have not are left out.
 *
 * Reads no XML but these few elements: entities and document types have no effect, so that a text can't do more than be wrong.
 *
 * @param source for `sources`
 */
export function readAutoconfig(xml: string, email: EmailAddress, source: string): MailProposal[] {
  return incomingServers(xml).flatMap(({ type, content }) => {
    const text = (name: string) => (valuesOf(content, name)[0] ?? '').trim();
    const host = filledIn(text('hostname'), email).toLowerCase();
    const port = Number(text('port'));
    const protection = protections.get(text('socketType').toUpperCase());
    const authentication = valuesOf(content, 'authentication').flatMap((name) => authentications.get(name.trim().toLowerCase()) ?? [])[0];
    const isAddress = isDomainName(host) && Number.isInteger(port) && port > 0 && port < 65_536;
    if (!isAddress || !protection || !authentication) return [];
    const protocol = type === 'imap' ? 'imap4' : 'pop3';
    return [
      {
        protocol,
        address: addressFor(host, port, impliedPort(protocol, protection)),
        protection,
        authentication,
        user: filledIn(text('username'), email) || email.text,
        sources: [source],
        advice: [],
      },
    ];
  });
}

/** More servers, and longer ones, are in no honest file. */
const maxServers = 20;
const maxServerLength = 4_000;

/** In one pass over the text: a hostile one must not cost more than its length. */
function incomingServers(xml: string): { type: 'imap' | 'pop3'; content: string }[] {
  return xml.split(/<\/incomingServer/i, maxServers).flatMap((before) => {
    const start = before.toLowerCase().lastIndexOf('<incomingserver');
    const element = start === -1 ? '' : before.slice(start, start + maxServerLength);
    const end = element.indexOf('>');
    const [, type] = /\stype\s*=\s*["'](imap|pop3)["']/i.exec(element.slice(0, end)) ?? [];
    const known = type?.toLowerCase();
    return known === 'imap' || known === 'pop3' ? [{ type: known, content: element.slice(end + 1) }] : [];
  });
}

const protections = new Map<string, MailProposal['protection']>([
  ['SSL', 'tls'],
  ['STARTTLS', 'starttls-mandatory'],
]);

const authentications = new Map<string, MailProposal['authentication']>([
  ['password-cleartext', 'plain'],
  ['plain', 'plain'],
  ['password-encrypted', 'encrypted'],
  ['secure', 'encrypted'],
  ['oauth2', 'oauth2'],
]);

function valuesOf(content: string, name: string): string[] {
  return [...content.matchAll(new RegExp(`<${name}\\b[^>]*>([^<]*)</${name}\\s*>`, 'gi'))].map(([, value = '']) => plain(value));
}

function plain(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => entities[name] ?? '');
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function filledIn(text: string, { text: address, local, domain }: EmailAddress): string {
  return text.replaceAll('%EMAILADDRESS%', address).replaceAll('%EMAILLOCALPART%', local).replaceAll('%EMAILDOMAIN%', domain).slice(0, 300);
}
