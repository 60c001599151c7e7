import { X509Certificate } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import type { CertificateFacts, TlsFacts } from '../../../shared/certificate.ts';
import { FlowError } from '../../../shared/errors.ts';
import { wireHost } from './address.ts';
import type { Route } from './route.ts';

/** Which certificates are believed, and what people are shown of those that a server has. Why it is so: docs/adr/0007-trust-in-a-certificate.md */

/** A Trusted Certificate: a server's own one, an authority, or a chain. */
export interface Trusted {
  pem: string;
  /** SHA-256 of each certificate in it, as `AB:CD:…`. */
  fingerprints: ReadonlySet<string>;
}

/**
 * @param name of the artifact
 * @throws FlowError MAIL_TRUSTED_CERTIFICATE_UNREADABLE
 */
export function readTrusted(name: string, pem: string): Trusted {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new FlowError('MAIL_TRUSTED_CERTIFICATE_UNREADABLE', { name });
  try {
    const fingerprints = new Set(blocks.map((block) => new X509Certificate(block).fingerprint256));
    return { pem: blocks.join('\n'), fingerprints };
  } catch (cause) {
    throw new FlowError('MAIL_TRUSTED_CERTIFICATE_UNREADABLE', { name }, { cause });
  }
}

/** For `tls.connect`: at least TLS 1.2, and always verified. */
export function tlsOptions({ host, trusted }: Pick<Route, 'host' | 'trusted'>): tls.ConnectionOptions {
  const name = wireHost(host);
  return {
    minVersion: 'TLSv1.2',
    host: name,
    // RFC 6066, section 3: an address is not a server name; `host` is what the certificate is compared with then.
    ...(net.isIP(name) === 0 ? { servername: name } : {}),
    ...(trusted === undefined ? {} : { secureContext: contextFor(trusted), checkServerIdentity: identityCheck(trusted) }),
  };
}

/**
 * Names are compared, unless it is exactly the certificate that a person trusted for this channel: it is known by its
 * fingerprint then, which says more than a name. Called only after its signature and its dates were found right.
 */
function identityCheck({ fingerprints }: Trusted): tls.ConnectionOptions['checkServerIdentity'] {
  return (host, certificate) => (fingerprints.has(certificate.fingerprint256) ? undefined : tls.checkServerIdentity(host, certificate));
}

/** Building one reads all authorities, which takes some 8 ms. */
const contexts = new Map<string, tls.SecureContext>();
const maxContexts = 100;
let systemAuthorities: string[] = [];

function contextFor({ pem }: Trusted): tls.SecureContext {
  // The same array until somebody sets other authorities; it holds those of NODE_EXTRA_CA_CERTS, too.
  const current = tls.getCACertificates('default');
  if (current !== systemAuthorities || contexts.size >= maxContexts) contexts.clear();
  systemAuthorities = current;
  const context =
    contexts.get(pem) ??
    // Partial chain: also a certificate that did not sign itself can be all that is trusted.
    tls.createSecureContext({ minVersion: 'TLSv1.2', ca: [...current, pem], allowPartialTrustChain: true });
  contexts.set(pem, context);
  return context;
}

/** @returns undefined for a socket without TLS */
export function tlsFacts(socket: net.Socket): TlsFacts | undefined {
  if (!(socket instanceof tls.TLSSocket)) return undefined;
  const { standardName, name } = socket.getCipher();
  return { version: socket.getProtocol() ?? 'TLS', cipher: standardName || name, chain: chainOf(socket) };
}

/** No server needs more; one that sends more is not trusted to be shown. */
const maxChain = 10;
const maxNames = 100;

/** What the server showed, whether it is trusted or not; its own certificate first. Empty if it can't be read. */
export function chainOf(socket: tls.TLSSocket): CertificateFacts[] {
  const chain: CertificateFacts[] = [];
  try {
    let next: tls.DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
    while (next?.raw !== undefined && chain.length < maxChain) {
      chain.push(certificateFacts(new X509Certificate(next.raw)));
      // One that signed itself is its own issuer.
      next = next.issuerCertificate === next ? undefined : next.issuerCertificate;
    }
  } catch {
    // OpenSSL judges a certificate, not what we show of it.
  }
  return chain;
}

export function certificateFacts(certificate: X509Certificate): CertificateFacts {
  const { subject, issuer, subjectAltName, validFrom, validTo, fingerprint256 } = certificate;
  const names = subjectAltName?.split(', ').map((name) => name.replace(/^(DNS|IP Address):/, '')) ?? [];
  return {
    subject: oneLine(subject),
    issuer: oneLine(issuer),
    names: names.slice(0, maxNames),
    validFrom: new Date(validFrom).toISOString(),
    validTo: new Date(validTo).toISOString(),
    fingerprint256,
    pem: certificate.toString(),
    isSelfSigned: certificate.checkIssued(certificate),
  };
}

/** Node parts the attributes of a distinguished name by line breaks, and leaves out an empty one. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}
