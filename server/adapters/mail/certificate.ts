import { X509Certificate } from 'node:crypto';
import { berTag, childrenOf, expectTag, numberOf, octetsOf, oidOf, readBer, type BerElement } from './ber.ts';
import type { CertificateId } from './cms.ts';

/** What of a certificate (RFC 5280) decides whom it belongs to and what it may be used for. */
export interface Certificate {
  x509: X509Certificate;
  /** DER of the name. */
  issuer: Buffer;
  serial: Buffer;
  signatureOid: string;
  /** Addresses it is for, in lower case: subject alternative name, and emailAddress of older ones. */
  emails: string[];
  extensions: Map<string, Extension>;
}

interface Extension {
  isCritical: boolean;
  value: Buffer;
}

export const extensionOids = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  certificatePolicies: '2.5.29.32',
  extendedKeyUsage: '2.5.29.37',
};
const emailAddressOid = '1.2.840.113549.1.9.1';

/**
 * @param encoded PEM or DER
 * @throws Error when it is no certificate
 */
export function readCertificate(encoded: string | Buffer): Certificate {
  const x509 = new X509Certificate(encoded);
  const [toBeSigned, signature] = childrenOf(readBer(x509.raw));
  const fields = childrenOf(expectTag(toBeSigned, berTag.sequence));
  // The version, missing in the oldest.
  if (fields[0]?.tag === berTag.context(0)) fields.shift();
  const [serial, , issuer, , subject] = fields;
  const extensions = readExtensions(fields.find(({ tag }) => tag === berTag.context(3)));
  return {
    x509,
    issuer: expectTag(issuer, berTag.sequence).bytes,
    serial: expectTag(serial, berTag.integer).content,
    signatureOid: oidOf(childrenOf(expectTag(signature, berTag.sequence))[0]),
    emails: [...alternativeEmails(extensions), ...subjectEmails(expectTag(subject, berTag.sequence))].map((email) => email.toLowerCase()),
    extensions,
  };
}

/** One that can't be read vouches for nothing. */
export function certificateOrNone(encoded: string | Buffer): Certificate[] {
  try {
    return [readCertificate(encoded)];
  } catch {
    return [];
  }
}

export function isIdOf(id: CertificateId, certificate: Certificate): boolean {
  if ('issuer' in id) return id.issuer.equals(certificate.issuer) && id.serial.equals(certificate.serial);
  const own = certificate.extensions.get(extensionOids.subjectKeyId);
  return own !== undefined && octetsOf(readBer(own.value)).equals(id.keyId);
}

/** Bits of the extension keyUsage, from 0; undefined when it has none and may be used for anything. */
export function keyUsageOf({ extensions }: Certificate): Set<number> | undefined {
  const extension = extensions.get(extensionOids.keyUsage);
  if (!extension) return undefined;
  const bits = expectTag(readBer(extension.value), berTag.bitString).content.subarray(1);
  return new Set(Array.from({ length: bits.length * 8 }, (_, bit) => bit).filter((bit) => ((bits[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1));
}

/** How many authorities may stand between this one and the certificate of a person; undefined for any number. */
export function pathLengthOf({ extensions }: Certificate): number | undefined {
  const extension = extensions.get(extensionOids.basicConstraints);
  const length = extension && childrenOf(readBer(extension.value)).find(({ tag }) => tag === berTag.integer);
  return length && numberOf(length);
}

/** Undefined what can't be read. */
export function validityOf({ x509 }: Certificate): { from: Date | undefined; to: Date | undefined } {
  const readable = (date: Date) => (Number.isNaN(date.getTime()) ? undefined : date);
  return { from: readable(x509.validFromDate), to: readable(x509.validToDate) };
}

/** One line for people. */
export function nameOf(name: string): string {
  return name.replaceAll('\n', ', ');
}

function readExtensions(element: BerElement | undefined): Map<string, Extension> {
  const found = new Map<string, Extension>();
  const list = element && childrenOf(element)[0];
  for (const extension of list ? childrenOf(list) : []) {
    const [oid, ...rest] = childrenOf(extension);
    const value = expectTag(rest.at(-1), berTag.octetString).content;
    // BOOLEAN, there only when true.
    found.set(oidOf(oid), { isCritical: rest.length === 2 && rest[0]?.content[0] !== 0, value });
  }
  return found;
}

function alternativeEmails(extensions: Map<string, Extension>): string[] {
  const extension = extensions.get(extensionOids.subjectAltName);
  if (!extension) return [];
  return childrenOf(readBer(extension.value)).flatMap(({ tag, content }) =>
    tag === berTag.context(1) ? [content.toString('latin1')] : [],
  );
}

function subjectEmails(subject: BerElement): string[] {
  return childrenOf(subject)
    .flatMap(childrenOf)
    .flatMap((attribute) => {
      const [type, value] = childrenOf(attribute);
      return value && oidOf(type) === emailAddressOid ? [value.content.toString('latin1')] : [];
    });
}
