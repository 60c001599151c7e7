import { extensionOids, keyUsageOf, nameOf, pathLengthOf, validityOf, type Certificate } from './certificate.ts';

/** Whether a certificate leads to one that is trusted (RFC 5280, section 6). Strict: what is not understood is not trusted. */

const maxLength = 8;
/** Certificates come with the mail; whoever sends it may have them sign each other in circles. */
const maxChecks = 60;
const keyCertSign = 5;
const minRsaBits = 2048;

/** OIDs of signatures over MD2, MD4, MD5 and SHA-1, which can be forged. */
const brokenSignatures = new Set([
  '1.2.840.113549.1.1.2',
  '1.2.840.113549.1.1.3',
  '1.2.840.113549.1.1.4',
  '1.2.840.113549.1.1.5',
  '1.2.840.10045.4.1',
  '1.2.840.10040.4.3',
]);
/** Critical extensions that are looked at, here or where the certificate is used, or that ask for nothing here. */
const understood = new Set([
  extensionOids.keyUsage,
  extensionOids.subjectAltName,
  extensionOids.basicConstraints,
  extensionOids.certificatePolicies,
  extensionOids.extendedKeyUsage,
]);

/**
 * Looks for a way from `certificate` to one of `trusted`, which may be the certificate itself, over those of `others`.
 * Revocation is not asked for.
 *
 * @param at when it has to be valid
 * @returns why it is not to be trusted; undefined when it is
 */
export function whyNotTrusted(certificate: Certificate, others: Certificate[], trusted: Certificate[], at: Date): string | undefined {
  const anchors = new Set(trusted.map(({ x509 }) => x509.fingerprint256));
  const candidates = [...trusted, ...others];
  let checks = 0;
  let reason = `no trusted certificate issued ${nameOf(certificate.x509.subject)}`;
  const search = (path: Certificate[]): boolean => {
    const last = path.at(-1) ?? certificate;
    const wrong = whyUnfit(last, path.length - 1, at);
    if (wrong !== undefined) {
      reason = wrong;
      return false;
    }
    if (anchors.has(last.x509.fingerprint256)) return true;
    if (brokenSignatures.has(last.signatureOid)) {
      reason = `${nameOf(last.x509.subject)} is signed with MD5 or SHA-1, which can be forged`;
      return false;
    }
    if (path.length >= maxLength) return false;
    return candidates.some((issuer) => {
      if (path.some(({ x509 }) => x509.fingerprint256 === issuer.x509.fingerprint256)) return false;
      if (!last.x509.checkIssued(issuer.x509)) return false;
      checks += 1;
      return checks <= maxChecks && last.x509.verify(issuer.x509.publicKey) && search([...path, issuer]);
    });
  };
  return search([certificate]) ? undefined : reason;
}

/** @param below how many certificates stand below it in the path; 0 for that of the person */
function whyUnfit(certificate: Certificate, below: number, at: Date): string | undefined {
  const { x509, extensions } = certificate;
  const name = nameOf(x509.subject);
  const { from, to } = validityOf(certificate);
  if (!from || !to) return `when the certificate of ${name} is valid can't be read`;
  if (at < from) return `the certificate of ${name} is valid only from ${from.toISOString()} on`;
  if (at > to) return `the certificate of ${name} expired on ${to.toISOString()}`;
  const { asymmetricKeyDetails } = x509.publicKey;
  if (asymmetricKeyDetails?.modulusLength !== undefined && asymmetricKeyDetails.modulusLength < minRsaBits) {
    return `the key of ${name} has only ${asymmetricKeyDetails.modulusLength} bits`;
  }
  if (extensions.has(extensionOids.nameConstraints)) return `${name} limits the names it may be used for, which is not supported`;
  const unknown = [...extensions].find(([oid, { isCritical }]) => isCritical && !understood.has(oid));
  if (unknown) return `the certificate of ${name} asks for something that is not supported (${unknown[0]})`;
  if (below === 0) return undefined;
  if (!x509.ca || keyUsageOf(certificate)?.has(keyCertSign) === false) return `${name} may not issue certificates`;
  const pathLength = pathLengthOf(certificate);
  return pathLength !== undefined && below - 1 > pathLength ? `${name} may not issue certificates of further authorities` : undefined;
}
