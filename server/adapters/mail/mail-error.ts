import type { CertificateFacts } from '../../../shared/certificate.ts';
import { FlowError } from '../../../shared/errors.ts';
import { addressText, type ServerAddress } from '../../../shared/mail-address.ts';

export interface MailErrorFacts {
  address: ServerAddress;
  /** What was going on, as a noun: "greeting", "sign-in", "reading mail 17". */
  during: string;
  /** The deadline that was set, for the words of a timeout. */
  timeoutMs: number;
  /** What the server showed, where it is known; its own certificate first. */
  chain?: CertificateFacts[] | undefined;
}

/**
 * Any error of a socket, of TLS, of imapflow or of our POP3 engine as one of the MAIL_* errors.
 * A FlowError passes through; what nobody knows becomes MAIL_PROTOCOL_ERROR and keeps its words and cause.
 */
export function mailError(error: unknown, facts: MailErrorFacts): FlowError {
  if (error instanceof FlowError) return error;
  const code = codeOf(error);
  const options = { cause: error, details: error instanceof Error ? error.message.trim() : String(error) };
  const address = addressText(facts.address);
  const { during, timeoutMs, chain = [] } = facts;

  if (notFound.has(code)) return new FlowError('MAIL_HOST_NOT_FOUND', { host: facts.address.host }, options);
  if (code === 'ECONNREFUSED') return new FlowError('MAIL_CONNECTION_REFUSED', { address }, options);
  if (unreachable.has(code)) return new FlowError('MAIL_HOST_UNREACHABLE', { address }, options);
  if (timedOut.has(code)) return new FlowError('MAIL_TIMEOUT', { address, during, timeoutMs }, options);
  if (lost.has(code)) return new FlowError('MAIL_CONNECTION_LOST', { address, during }, options);
  if (notTls.has(code)) return new FlowError('MAIL_CLEAR_ON_TLS_PORT', { address }, options);
  if (code === 'CERT_HAS_EXPIRED') {
    const ended = chain.find(({ validTo }) => Date.parse(validTo) < Date.now());
    return new FlowError('MAIL_CERTIFICATE_EXPIRED', { address, until: ended?.validTo.slice(0, 10) ?? 'an earlier day', chain }, options);
  }
  if (code === 'CERT_NOT_YET_VALID') {
    const ahead = chain.find(({ validFrom }) => Date.parse(validFrom) > Date.now());
    return new FlowError('MAIL_CERTIFICATE_NOT_YET_VALID', { address, from: ahead?.validFrom ?? 'a later day', chain }, options);
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new FlowError('MAIL_CERTIFICATE_WRONG_HOST', { address, names: namesOf(chain), chain }, options);
  }
  if (untrusted.has(code)) {
    const { issuer = '', fingerprint256: fingerprint = 'unknown' } = chain[0] ?? {};
    return new FlowError('MAIL_CERTIFICATE_UNKNOWN', { address, issuer: commonName(issuer) || 'unknown', fingerprint, chain }, options);
  }
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO' || code.startsWith('CERT_')) {
    return new FlowError('MAIL_TLS_FAILED', { address }, options);
  }
  return new FlowError('MAIL_PROTOCOL_ERROR', { address, during }, options);
}

/** Words of servers that let no further connection in. */
export const tooManyConnections =
  /too many (simultaneous |concurrent )?(connections|logins|sessions)|maximum number of (simultaneous )?connections/i;

const notFound = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME']);
const unreachable = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL']);
/** The names without E… are imapflow's. */
const timedOut = new Set(['ETIMEDOUT', 'ETIMEOUT', 'CONNECT_TIMEOUT', 'GREETING_TIMEOUT', 'UPGRADE_TIMEOUT', 'LockTimeout']);
const lost = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  'NoConnection',
  'EConnectionClosed',
]);
/** How OpenSSL puts it when a server answers a TLS hello with a line of text. */
const notTls = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_HTTP_REQUEST']);
/** Node's names of OpenSSL's X509_V_ERR_* that mean: no chain to an authority we know. */
const untrusted = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_CHAIN_TOO_LONG',
  'INVALID_CA',
  'INVALID_PURPOSE',
]);

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function namesOf([leaf]: CertificateFacts[]): string {
  if (!leaf) return 'another name';
  return leaf.names.length > 0 ? leaf.names.join(', ') : commonName(leaf.subject) || 'no name';
}

/** What people call it: the CN of a distinguished name, else all of it. */
function commonName(distinguishedName: string): string {
  return /(?:^|, )CN=([^,]*)/.exec(distinguishedName)?.[1] ?? distinguishedName;
}
