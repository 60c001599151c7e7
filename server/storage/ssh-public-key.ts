import { X509Certificate, type JsonWebKey } from 'node:crypto';

const curves: Record<string, string> = { 'P-256': 'nistp256', 'P-384': 'nistp384', 'P-521': 'nistp521' };

/**
 * The public key of a certificate as SSH servers take it, in `authorized_keys` (RFC 4253, section 6.6; RFC 5656, section 3.1).
 *
 * @returns empty for kinds of keys that SSH does not use
 */
export function sshPublicKeyOf(certificate: string, comment: string): string {
  const { kty, n = '', e = '', crv = '', x = '', y = '' } = jwkOf(certificate);
  const curve = curves[crv];
  if (kty === 'RSA') return line('ssh-rsa', [positive(e), positive(n)], comment);
  if (kty !== 'EC' || curve === undefined) return '';
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return line(`ecdsa-sha2-${curve}`, [Buffer.from(curve), point], comment);
}

/** Node has no form of this kind for every key that a certificate may hold. */
function jwkOf(certificate: string): JsonWebKey {
  try {
    return new X509Certificate(certificate).publicKey.export({ format: 'jwk' });
  } catch {
    return {};
  }
}

function line(type: string, parts: Buffer[], comment: string): string {
  const bytes = Buffer.concat([Buffer.from(type), ...parts].map(withLength));
  return `${type} ${bytes.toString('base64')} ${comment}`;
}

function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A number whose first bit is not a sign (RFC 4251, section 5, mpint). */
function positive(number: string): Buffer {
  const bytes = Buffer.from(number, 'base64url');
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
}
