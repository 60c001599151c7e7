import type { MailProtocol, Protection } from '../../shared/mail-address.ts';

/**
 * What must happen when a channel signs in, derived from what the server offers and what the channel asks for.
 * Nothing here is read from the code under test.
 */

export type Authentication = 'encrypted' | 'plain' | 'oauth2';

/** What a server is configured to offer, not what it says. */
export interface ServerFacts {
  name: string;
  /** SASL mechanisms, the same for IMAP4 and POP3. */
  mechanisms: string[];
  /** Whether POP3's greeting has the time stamp of APOP (RFC 1939, section 7). */
  hasApop: boolean;
  /** Whether POP3 takes USER and PASS over such a connection, whatever its CAPA says. */
  hasUserCommand: (isEncrypted: boolean) => boolean;
  /** TLS from the first byte on ports of their own, and STARTTLS (STLS) on the others. */
  hasTls: boolean;
}

export const situations = {
  right: 'right',
  wrongSecret: 'wrong password or token',
  unknownCertificate: 'untrusted certificate',
  trustedCertificate: 'untrusted, but trusted by the channel',
  otherCertificate: 'untrusted, the channel trusts another',
  elsewhere: 'name is not loopback',
  elsewhereAllowed: 'name is not loopback, allowed',
} as const;
export type Situation = keyof typeof situations;

export interface Cell {
  server: ServerFacts;
  protocol: MailProtocol;
  protection: Protection;
  authentication: Authentication;
  situation: Situation;
}

export const protocols: MailProtocol[] = ['imap4', 'pop3'];
export const protections: Protection[] = ['tls', 'starttls-mandatory', 'starttls-optional', 'off'];
export const authentications: Authentication[] = ['encrypted', 'plain', 'oauth2'];

/** Strongest first. */
const mechanismsOf: Record<Authentication, string[]> = {
  encrypted: ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'DIGEST-MD5', 'CRAM-MD5'],
  plain: ['PLAIN', 'LOGIN'],
  oauth2: ['OAUTHBEARER', 'XOAUTH2'],
};

export type Expectation =
  | { outcome: 'signed-in' | 'MAIL_SIGN_IN_REFUSED' | 'OAUTH2_TOKEN_REFUSED'; mechanism: string; isEncrypted: boolean }
  | {
      outcome:
        | 'MAIL_CLEAR_ON_TLS_PORT'
        | 'MAIL_STARTTLS_NOT_OFFERED'
        | 'MAIL_CERTIFICATE_UNKNOWN'
        | 'MAIL_PLAIN_NOT_PROTECTED'
        | 'MAIL_MECHANISM_NOT_OFFERED';
    };

export function expected({ server, protocol, protection, authentication, situation }: Cell): Expectation {
  // A server without TLS has nothing but its clear port.
  if (!server.hasTls && protection === 'tls') return { outcome: 'MAIL_CLEAR_ON_TLS_PORT' };
  if (!server.hasTls && protection === 'starttls-mandatory') return { outcome: 'MAIL_STARTTLS_NOT_OFFERED' };
  const isEncrypted = server.hasTls && protection !== 'off';
  if (isEncrypted && (situation === 'unknownCertificate' || situation === 'otherCertificate'))
    return { outcome: 'MAIL_CERTIFICATE_UNKNOWN' };
  // Whatever the server offers: a secret that can be read on the way is not even thought about.
  if (!isEncrypted && authentication !== 'encrypted' && situation === 'elsewhere') return { outcome: 'MAIL_PLAIN_NOT_PROTECTED' };
  const mechanism = strongest(server, protocol, authentication, isEncrypted);
  if (mechanism === undefined) return { outcome: 'MAIL_MECHANISM_NOT_OFFERED' };
  if (situation !== 'wrongSecret') return { outcome: 'signed-in', mechanism, isEncrypted };
  // A token is refused only after a fresh one was refused, too.
  return { outcome: authentication === 'oauth2' ? 'OAUTH2_TOKEN_REFUSED' : 'MAIL_SIGN_IN_REFUSED', mechanism, isEncrypted };
}

function strongest(server: ServerFacts, protocol: MailProtocol, authentication: Authentication, isEncrypted: boolean): string | undefined {
  const found = mechanismsOf[authentication].find((name) => server.mechanisms.includes(name));
  if (found !== undefined || protocol === 'imap4') return found;
  if (authentication === 'encrypted') return server.hasApop ? 'APOP' : undefined;
  if (authentication === 'oauth2') return undefined;
  return server.hasUserCommand(isEncrypted) ? 'USER/PASS' : undefined;
}

/** Every combination that can exist, and how many were left out for which reason. */
export function cells(servers: ServerFacts[]): { cells: Cell[]; leftOut: Map<string, number> } {
  const all = servers.flatMap((server) =>
    protocols.flatMap((protocol) =>
      protections.flatMap((protection) =>
        authentications.flatMap((authentication) =>
          situationNames.map((situation) => ({ server, protocol, protection, authentication, situation })),
        ),
      ),
    ),
  );
  const leftOut = new Map<string, number>();
  const kept = all.filter((cell) => {
    const reason = reasonAgainst(cell);
    if (reason !== undefined) leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
    return reason === undefined;
  });
  return { cells: kept, leftOut };
}

const situationNames = Object.keys(situations).filter((name): name is Situation => name in situations);

/** Why a combination says nothing that another does not say. */
function reasonAgainst(cell: Cell): string | undefined {
  const { server, protection, authentication } = cell;
  const isOpen = protection === 'off' || (protection === 'starttls-optional' && !server.hasTls);
  const showsCertificate = server.hasTls && protection !== 'off';
  const asksForSecret = expected({ ...cell, situation: 'right' }).outcome === 'signed-in';
  const noCertificate = showsCertificate ? undefined : 'no certificate is shown';
  const reasons: Record<Situation, string | undefined> = {
    right: undefined,
    wrongSecret: asksForSecret ? undefined : 'it is never asked for',
    unknownCertificate: noCertificate,
    trustedCertificate: noCertificate,
    otherCertificate: noCertificate,
    elsewhere: isOpen ? undefined : 'the name of the host matters only where the connection stays open',
    elsewhereAllowed: isOpen && authentication !== 'encrypted' ? undefined : 'nothing to allow',
  };
  return reasons[cell.situation];
}
