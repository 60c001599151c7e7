import type { ConfigView } from './catalog/define.ts';
import type { CertificateFacts } from './certificate.ts';
import { impliedPort, isLoopback, parseAddress, type MailProtocol, type Protection } from './mail-address.ts';
import type { OtherWay, ProbeStage } from './probe.ts';

/** What a button does about something that is missing or wrong. */
export type Fix = { label: string } & (
  | { kind: 'field'; field: string }
  /** Sets fields; one step of undo. */
  | { kind: 'set'; values: Record<string, unknown> }
  | { kind: 'test-connection' }
  /** Looks for the settings by an e-mail address. */
  | { kind: 'propose-settings' }
  | { kind: 'create-credential' }
  | { kind: 'change-credential'; name: string }
  /** Leads to the provider of an OAuth2 artifact. */
  | { kind: 'authorize'; name: string }
  /** Creates the folder in the mailbox and puts its name, as the server writes it, into the field. */
  | { kind: 'create-folder'; field: string; folder: string }
  /** Deploys the certificate as a trusted one and names it in the field. */
  | { kind: 'trust-certificate'; field: string; certificate: CertificateFacts }
);

const maxNames = 3;

/** The buttons that may cure a failed stage of the connection test; the most likely first. */
export function fixesOf({ error, facts = {} }: ProbeStage, view: ConfigView): Fix[] {
  if (!error) return [];
  const { otherWays = [], certificates = [], missing, mechanisms } = facts;
  const credential = textIn(view, 'credential');
  switch (error.code) {
    case 'MAIL_CERTIFICATE_UNKNOWN':
      return trust(certificates);
    case 'MAIL_CERTIFICATE_WRONG_HOST':
      return otherNames(certificates, view);
    case 'MAIL_PLAIN_NOT_PROTECTED':
      return protect(view);
    case 'MAIL_MECHANISM_NOT_OFFERED':
      return mechanisms ? otherAuthentications(mechanisms, view) : [];
    case 'CREDENTIAL_NOT_DEPLOYED':
      return [{ kind: 'create-credential', label: 'Create and deploy…' }];
    case 'OAUTH2_NOT_AUTHORIZED':
    case 'OAUTH2_TOKEN_REFUSED':
      return credential === '' ? [] : [{ kind: 'authorize', label: 'Authorize…', name: credential }];
    case 'CREDENTIAL_HOST_NOT_ALLOWED':
    case 'MAIL_SIGN_IN_REFUSED':
      return credential === '' ? [] : [{ kind: 'change-credential', label: `Change '${credential}'…`, name: credential }];
    case 'MAIL_FOLDER_MISSING':
    case 'MAIL_ARCHIVE_FOLDER_MISSING':
    case 'MAIL_FAILURE_FOLDER_MISSING':
      return missing ? folderFixes(missing) : [];
    default:
      return otherWays.map((way) => wayFix(way, view));
  }
}

/** Buttons for a connection that would carry a password or token in clear. */
export function protect(view: ConfigView): Fix[] {
  const encrypted: Fix[] =
    view['authentication'] === 'plain'
      ? [{ kind: 'set', label: 'Use Encrypted User/Password', values: { authentication: 'encrypted' } }]
      : [];
  return [{ kind: 'set', label: 'Set STARTTLS Mandatory', values: { protection: 'starttls-mandatory' } }, ...encrypted];
}

function trust([leaf, ...issuers]: CertificateFacts[]): Fix[] {
  if (!leaf) return [];
  const root = issuers.findLast(({ isSelfSigned }) => isSelfSigned);
  const field = 'trustedCertificate';
  return [
    { kind: 'trust-certificate', label: 'Trust this certificate', field, certificate: leaf },
    ...(root ? [{ kind: 'trust-certificate', label: 'Trust its authority', field, certificate: root } as const] : []),
  ];
}

function otherNames([leaf]: CertificateFacts[], view: ConfigView): Fix[] {
  const hosts = (leaf?.names ?? []).filter((name) => !name.startsWith('*') && parseAddress(name, 1)).slice(0, maxNames);
  return hosts.map((host) => ({ kind: 'set', label: `Use ${host}`, values: { address: withHost(textIn(view, 'address'), host) } }));
}

/** The same address at another host, with its port if it names one. */
function withHost(address: string, host: string): string {
  return `${host}${/:\d{1,5}$/.exec(address.trim())?.[0] ?? ''}`;
}

const hashing = /^(SCRAM-SHA-|CRAM-MD5$|DIGEST-MD5$)/i;
const plainText = /^(PLAIN|LOGIN)$/i;
const bearer = /^(XOAUTH2|OAUTHBEARER)$/i;

/** A plain password is offered only where it can't be read on the way. */
function otherAuthentications(mechanisms: string[], view: ConfigView): Fix[] {
  const has = (pattern: RegExp) => mechanisms.some((name) => pattern.test(name));
  const host = parseAddress(textIn(view, 'address'), 1)?.host ?? '';
  const isSafe = view['protection'] === 'tls' || view['protection'] === 'starttls-mandatory' || isLoopback(host);
  const choices = [
    { authentication: 'encrypted', label: 'Use Encrypted User/Password', isOffered: has(hashing) },
    { authentication: 'plain', label: 'Use Plain User/Password', isOffered: isSafe && (mechanisms.length === 0 || has(plainText)) },
    { authentication: 'oauth2', label: 'Use OAuth2 Authorization Code', isOffered: isSafe && has(bearer) },
  ];
  return choices.flatMap(({ authentication, label, isOffered }) =>
    isOffered && authentication !== view['authentication'] ? [{ kind: 'set', label, values: { authentication } }] : [],
  );
}

function folderFixes({ field, folder, nearest }: { field: string; folder: string; nearest: string[] }): Fix[] {
  const others: Fix[] = nearest.map((name) => ({ kind: 'set', label: `Use '${name}'`, values: { [field]: name } }));
  // A folder that is polled should have been there before: a new one would stay empty without anybody noticing.
  return field === 'folder' ? others : [{ kind: 'create-folder', label: `Create folder '${folder}'`, field, folder }, ...others];
}

const protocolNames: Record<MailProtocol, string> = { imap4: 'IMAP4', pop3: 'POP3' };

export function protectionName(protocol: MailProtocol, protection: Protection): string {
  const names: Record<Protection, string> = {
    tls: protocol === 'pop3' ? 'POP3S' : 'IMAPS',
    'starttls-mandatory': 'STARTTLS Mandatory',
    'starttls-optional': 'STARTTLS Optional',
    off: 'Off',
  };
  return names[protection];
}

function wayFix({ protocol, port, protection }: OtherWay, view: ConfigView): Fix {
  const spoken = view['protocol'] as MailProtocol;
  const address = parseAddress(textIn(view, 'address'), impliedPort(spoken, view['protection'] as Protection));
  const host = address?.host ?? '';
  const values = { protocol, protection, address: addressFor(host, port, impliedPort(protocol, protection)) };
  return { kind: 'set', label: wayLabel({ protocol, port, protection }, spoken, address?.port), values };
}

function wayLabel({ protocol, port, protection }: OtherWay, spoken: MailProtocol, triedPort: number | undefined): string {
  const name = protectionName(protocol, protection);
  if (port === triedPort && protocol === spoken) return protection === 'tls' ? `Set Protection to ${name}` : `Set ${name}`;
  if (port === triedPort) return `Set Transport Protocol to ${protocolNames[protocol]}, ${name}`;
  return protection === 'tls' ? `Use ${name} on port ${port}` : `Use ${protocolNames[protocol]} with STARTTLS on port ${port}`;
}

/** Without the port where it is implied. */
export function addressFor(host: string, port: number, implied: number): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === implied ? name : `${name}:${port}`;
}

/** The text of a field; empty where there is none. */
export function textIn(view: ConfigView, key: string): string {
  const value = view[key];
  return typeof value === 'string' ? value : '';
}
