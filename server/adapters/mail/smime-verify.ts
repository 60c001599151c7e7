import { constants, createHash, verify, type KeyObject } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { berTag, childrenOf, numberOf } from './ber.ts';
import { certificateOrNone, isIdOf, keyUsageOf, nameOf, type Certificate } from './certificate.ts';
import { whyNotTrusted } from './certificate-chain.ts';
import { contentTypes, readAlgorithm, type Algorithm, type SignedData, type SignerInfo } from './cms.ts';

export interface SignatureCheck {
  /** Of those who signed. */
  certificates: Certificate[];
  /** Everything that is wrong; empty: the signature is good. */
  errors: string[];
}

export interface TrustFacts {
  trusted: Certificate[];
  /** Addresses of the header From, in lower case. */
  from: string[];
  /** When certificates have to be valid. */
  at: Date;
}

const digestNames: Record<string, string> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
  '2.16.840.1.101.3.4.2.8': 'sha3-256',
  '2.16.840.1.101.3.4.2.9': 'sha3-384',
  '2.16.840.1.101.3.4.2.10': 'sha3-512',
};
const forgeableDigests = new Set(['1.3.14.3.2.26', '1.2.840.113549.2.5']);
/** Those that name a digest of their own; it must be the one of the signer. */
const signatureDigests: Record<string, string> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};
const rsaOid = '1.2.840.113549.1.1.1';
const rsaPssOid = '1.2.840.113549.1.1.10';
const ed25519Oid = '1.3.101.112';
const digitalSignature = 0;
const nonRepudiation = 1;
const usableFor = new Set(['1.3.6.1.5.5.7.3.4', '2.5.29.37.0']);
const maxSigners = 8;
const maxCertificates = 30;

/**
 * A signature is good when the content is what was signed, every signer's certificate leads to a trusted one,
 * and it is for the address the mail says it is from.
 *
 * @param content what is shown to the reader: beside the signature, or in it
 */
export async function checkSignature(signed: SignedData, content: Buffer, facts: TrustFacts): Promise<SignatureCheck> {
  if (signed.signers.length > maxSigners || signed.certificates.length > maxCertificates) {
    return { certificates: [], errors: ['it has too many signers or certificates'] };
  }
  const sent = signed.certificates.flatMap(certificateOrNone);
  const checks: SignatureCheck[] = [];
  for (const signer of signed.signers) checks.push(await checkSigner(signer, signed, content, sent, facts));
  return { certificates: checks.flatMap(({ certificates }) => certificates), errors: checks.flatMap(({ errors }) => errors) };
}

async function checkSigner(
  signer: SignerInfo,
  signed: SignedData,
  content: Buffer,
  sent: Certificate[],
  { trusted, from, at }: TrustFacts,
): Promise<SignatureCheck> {
  const certificate = [...sent, ...trusted].find((candidate) => isIdOf(signer.signer, candidate));
  if (!certificate) return { certificates: [], errors: ['the certificate of the signer is neither in the mail nor deployed'] };
  const reasons = [
    await whyNotIntact(signer, signed, content, certificate.x509.publicKey),
    whyNotUsable(certificate),
    whyNotTrusted(certificate, sent, trusted, at),
    whyNotFrom(certificate, from),
  ];
  return { certificates: [certificate], errors: reasons.filter((reason) => reason !== undefined) };
}

async function whyNotIntact(signer: SignerInfo, signed: SignedData, content: Buffer, key: KeyObject): Promise<string | undefined> {
  const { attributes, digest } = signer;
  if (forgeableDigests.has(digest.oid)) return 'it is signed with MD5 or SHA-1, which can be forged';
  const name = digestNames[digest.oid];
  if (name === undefined) return `its digest ${digest.oid} is not supported`;
  // Without attributes the content itself is signed, which only plain data may be (RFC 5652, section 5.3).
  if (!attributes && signed.contentType !== contentTypes.data) return 'it is not built as it should be';
  if (attributes) {
    if (attributes.contentType !== signed.contentType) return 'it was made for another kind of content';
    if (!(await hasDigest(name, content, attributes.digest))) return 'the mail was changed after it was signed';
  }
  try {
    const isGood = isSignatureOf(attributes?.der ?? content, signer, name, key);
    return isGood ? undefined : 'the signature does not fit';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isSignatureOf(bytes: Buffer, { algorithm, signature }: SignerInfo, digest: string, key: KeyObject): boolean {
  const type = key.asymmetricKeyType;
  const named = signatureDigests[algorithm.oid];
  if (named !== undefined && named !== digest) throw new Error('it names two digests');
  if (algorithm.oid === rsaPssOid && (type === 'rsa' || type === 'rsa-pss')) {
    return verify(digest, bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltLengthOf(algorithm, digest) }, signature);
  }
  if (algorithm.oid === ed25519Oid && type === 'ed25519') return verify(null, bytes, key, signature);
  const isEc = algorithm.oid.startsWith('1.2.840.10045.4.3.');
  if ((named !== undefined || algorithm.oid === rsaOid) && type === (isEc ? 'ec' : 'rsa')) return verify(digest, bytes, key, signature);
  throw new Error(`its algorithm ${algorithm.oid} is not supported`);
}

/** RFC 4055, section 3.1. The digest of mask and message must be the one of the signer, as everybody has it. */
function saltLengthOf({ parameters }: Algorithm, digest: string): number {
  const fields = parameters ? childrenOf(parameters) : [];
  const field = (number: number) => fields.find(({ tag }) => tag === berTag.context(number));
  const hash = field(0);
  const mask = field(1);
  const hashOid = hash && readAlgorithm(childrenOf(hash)[0]).oid;
  const maskOid = mask && readAlgorithm(readAlgorithm(childrenOf(mask)[0]).parameters).oid;
  if (digestNames[hashOid ?? ''] !== digest || digestNames[maskOid ?? ''] !== digest) throw new Error('it names two digests');
  const salt = field(2);
  const [length] = salt ? childrenOf(salt) : [];
  return length ? numberOf(length) : 20;
}

function whyNotUsable(certificate: Certificate): string | undefined {
  const usage = keyUsageOf(certificate);
  const extended: string[] | undefined = certificate.x509.keyUsage;
  const isForSigning = !usage || usage.has(digitalSignature) || usage.has(nonRepudiation);
  const isForMail = !extended || extended.some((oid) => usableFor.has(oid));
  return isForSigning && isForMail ? undefined : `the certificate of ${nameOf(certificate.x509.subject)} is not for signing mails`;
}

/** Exactly one address: beside a second one, people could take the signature for that of the other. */
function whyNotFrom({ emails, x509 }: Certificate, from: string[]): string | undefined {
  const [address] = from;
  if (address === undefined || from.length !== 1) return 'From does not name exactly one address';
  return emails.includes(address) ? undefined : `the certificate of ${nameOf(x509.subject)} is not for ${address}`;
}

/** Signed are lines that end in CRLF (RFC 8551, section 3.1.1); some ways to us leave only LF. */
async function hasDigest(name: string, content: Buffer, digest: Buffer): Promise<boolean> {
  if ((await digestOf(name, content)).equals(digest)) return true;
  if (content.includes('\r\n') || !content.includes('\n')) return false;
  const canonical = Buffer.from(content.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
  return (await digestOf(name, canonical)).equals(digest);
}

const hashedAtOnceBytes = 4 * 1024 * 1024;

async function digestOf(name: string, content: Buffer): Promise<Buffer> {
  const hash = createHash(name);
  for (let at = 0; at < content.length; at += hashedAtOnceBytes) {
    if (at > 0) await nextTurn();
    hash.update(content.subarray(at, at + hashedAtOnceBytes));
  }
  return hash.digest();
}
