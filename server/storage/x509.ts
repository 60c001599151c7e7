import { X509Certificate } from 'node:crypto';
import type { DeployedCertificate } from '../ports/security.ts';

/** X.509 certificates in PEM (RFC 7468), as people paste and upload them: several at once, with text around them. */

const maxCertificates = 50;
const block = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

/** Why a text can't be deployed, as the end of a sentence. */
export class NotReadable extends Error {}

/**
 * Every certificate of the text, each once, in its order.
 *
 * @throws NotReadable
 */
export function readCertificates(text: string): X509Certificate[] {
  if (text.includes('PRIVATE KEY-----')) throw new NotReadable('it holds a private key, which belongs into a key pair');
  const found = (text.match(block) ?? []).map(readCertificate);
  if (found.length === 0) throw new NotReadable('there is no "-----BEGIN CERTIFICATE-----" in it');
  const each = [...new Map(found.map((certificate) => [certificate.fingerprint256, certificate])).values()];
  if (each.length > maxCertificates) throw new NotReadable(`it holds more than ${maxCertificates} certificates`);
  return each;
}

function readCertificate(pem: string, index: number): X509Certificate {
  try {
    const certificate = new X509Certificate(pem);
    // A key of an unknown kind, and dates that are none, show only when they are read.
    certificateFacts(certificate);
    return certificate;
  } catch (cause) {
    throw new NotReadable(`certificate ${index + 1} in it is damaged`, { cause });
  }
}

export function pemOf(certificates: X509Certificate[]): string {
  return certificates.map(String).join('');
}

/** The certificates of a text that `pemOf` wrote. */
export function splitPem(pem: string): string[] {
  return pem.match(block) ?? [];
}

export function factsOf(pem: string): DeployedCertificate[] {
  return splitPem(pem).map((one) => certificateFacts(new X509Certificate(one)));
}

function certificateFacts(certificate: X509Certificate): DeployedCertificate {
  const { subject, issuer, subjectAltName, fingerprint256, validFromDate, validToDate, ca } = certificate;
  return {
    subject: distinguishedName(subject),
    issuer: distinguishedName(issuer),
    names: namesIn(subjectAltName),
    fingerprint256,
    key: keyText(certificate),
    validFrom: validFromDate.toISOString(),
    validTo: validToDate.toISOString(),
    isSelfSigned: certificate.checkIssued(certificate),
    isAuthority: ca,
  };
}

/** Node writes one attribute a line. */
function distinguishedName(lines: string | undefined): string {
  return (lines ?? '').trim().split('\n').join(', ').slice(0, 1_000);
}

/** `DNS:mail.example.com, IP Address:192.0.2.1`; names with odd characters come in quotes. */
function namesIn(alternatives: string | undefined): string[] {
  const names = (alternatives ?? '').matchAll(/(?:DNS|IP Address|email):("(?:[^"\\]|\\.)*"|[^,]*)/g);
  return [...names].map(([, name = '']) => name).slice(0, 100);
}

function keyText({ publicKey }: X509Certificate): string {
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {};
  const type = (publicKey.asymmetricKeyType ?? 'unknown').toUpperCase();
  if (modulusLength !== undefined) return `${type} ${modulusLength} bit`;
  return namedCurve === undefined ? type : `${type} ${namedCurve}`;
}
