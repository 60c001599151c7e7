import type { PeerCertificate } from 'node:tls';
import { FlowError } from '../../../shared/errors.ts';
import { addressText, type ServerAddress } from '../../../shared/mail-address.ts';

export interface MailErrorFacts {
  address: ServerAddress;
  /** What was going on, as a noun: "greeting", "sign-in", "reading mail 17". */
  during: string;
  /** The deadline that was set, for the words of a timeout. */
  timeoutMs: number;
  /** What the server showed, where it is known; names issuer and fingerprint of a certificate that was not accepted. */
  certificate?: PeerCertificate | undefined;
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
  const { during, timeoutMs, certificate = certificateOf(error) } = facts;

  if (notFound.has(code)) return new FlowError('MAIL_HOST_NOT_FOUND', { host: facts.address.host }, options);
  if (code === 'ECONNREFUSED') return new FlowError('MAIL_CONNECTION_REFUSED', { address }, options);
  if (unreachable.has(code)) return new FlowError('MAIL_HOST_UNREACHABLE', { address }, options);
  if (timedOut.has(code)) return new FlowError('MAIL_TIMEOUT', { address, during, timeoutMs }, options);
  if (lost.has(code)) return new FlowError('MAIL_CONNECTION_LOST', { address, during }, options);
  if (notTls.has(code)) return new FlowError('MAIL_CLEAR_ON_TLS_PORT', { address }, options);
  if (code === 'CERT_HAS_EXPIRED') {
    return new FlowError('MAIL_CERTIFICATE_EXPIRED', { address, until: isoDay(certificate?.valid_to) }, options);
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new FlowError('MAIL_CERTIFICATE_WRONG_HOST', { address, names: namesOf(certificate) }, options);
  }
  if (untrusted.has(code)) {
    const { issuer, fingerprint } = issuerOf(certificate);
    return new FlowError('MAIL_CERTIFICATE_UNKNOWN', { address, issuer, fingerprint }, options);
  }
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO' || code.startsWith('CERT_')) {
    return new FlowError('MAIL_TLS_FAILED', { address }, options);
  }
  return new FlowError('MAIL_PROTOCOL_ERROR', { address, during }, options);
}

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

/** Node adds the certificate itself only to the error about its names. */
function certificateOf(error: unknown): PeerCertificate | undefined {
  return error instanceof Error && 'cert' in error ? (error.cert as PeerCertificate) : undefined;
}

function isoDay(opensslDate: string | undefined): string {
  const date = new Date(opensslDate ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? 'an earlier day' : date.toISOString().slice(0, 10);
}

function namesOf(certificate: PeerCertificate | undefined): string {
  const names = certificate?.subjectaltname?.replaceAll(/(?:DNS|IP Address):/g, '') ?? certificate?.subject.CN;
  return names === undefined ? 'another name' : String(names);
}

function issuerOf(certificate: PeerCertificate | undefined): { issuer: string; fingerprint: string } {
  if (!certificate) return { issuer: 'unknown', fingerprint: 'unknown' };
  const { CN, O } = certificate.issuer;
  return { issuer: String(CN ?? O ?? 'without a name'), fingerprint: certificate.fingerprint256 };
}
