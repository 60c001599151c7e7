/** Certificates as people see them: in an error, in the connection test, and in the button that trusts one. */

export interface CertificateFacts {
  /** Distinguished names as one line, most general part first: `O=Example Ltd, CN=mail.example.com`. */
  subject: string;
  issuer: string;
  /** DNS names and addresses it is for; empty for most authorities. */
  names: string[];
  /** ISO 8601. */
  validFrom: string;
  validTo: string;
  /** SHA-256 of the certificate: `AB:CD:…`. */
  fingerprint256: string;
  pem: string;
  isSelfSigned: boolean;
}

/** How a connection is encrypted. */
export interface TlsFacts {
  /** `TLSv1.2` or `TLSv1.3`. */
  version: string;
  /** IANA's name. */
  cipher: string;
  /** The server's own certificate first, then the issuers it showed or this machine knows. */
  chain: CertificateFacts[];
}

/** From here on people are told. Long enough to renew by hand, short enough for certificates of 90 days renewed at 30 left. */
export const expiresSoonDays = 21;

/** The moment the first certificate of the chain that must be renewed runs out. An authority that signs itself is not the server's to renew. */
export function chainEnd(chain: readonly CertificateFacts[]): Date | undefined {
  const [leaf, ...issuers] = chain;
  if (!leaf) return undefined;
  const ends = [leaf, ...issuers.filter(({ isSelfSigned }) => !isSelfSigned)].map(({ validTo }) => Date.parse(validTo));
  return new Date(Math.min(...ends));
}

const msPerDay = 24 * 60 * 60 * 1000;

/** Whole days until `date`; negative when it has passed. */
export function daysUntil(date: Date, now = new Date()): number {
  return Math.floor((date.getTime() - now.getTime()) / msPerDay);
}
