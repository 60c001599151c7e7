import { berTag, childrenOf, expectTag, octetsOf, oidOf, readBer, type BerElement } from './ber.ts';

/** The structures of the Cryptographic Message Syntax (RFC 5652, RFC 5083) that S/MIME uses. Reading them decides nothing. */

export const contentTypes = {
  data: '1.2.840.113549.1.7.1',
  signed: '1.2.840.113549.1.7.2',
  enveloped: '1.2.840.113549.1.7.3',
  authEnveloped: '1.2.840.113549.1.9.16.1.23',
};

export interface Algorithm {
  oid: string;
  parameters: BerElement | undefined;
}

/** Whom a certificate belongs to: issuer (DER) and serial number, or the id of its key. */
export type CertificateId = { issuer: Buffer; serial: Buffer } | { keyId: Buffer };

export interface SignedData {
  contentType: string;
  /** Absent where what is signed stands beside it. */
  content: Buffer | undefined;
  /** DER. */
  certificates: Buffer[];
  signers: SignerInfo[];
}

export interface SignerInfo {
  signer: CertificateId;
  digest: Algorithm;
  /** What the signature is made over instead of the content, as DER. */
  attributes: { der: Buffer; contentType: string; digest: Buffer } | undefined;
  algorithm: Algorithm;
  signature: Buffer;
}

export interface EnvelopedData {
  recipients: Recipient[];
  algorithm: Algorithm;
  content: Buffer;
  /** Of AuthEnvelopedData: what else is authenticated, and the tag. */
  authentication: { attributes: Buffer; tag: Buffer } | undefined;
}

export type Recipient =
  | { kind: 'transport'; recipient: CertificateId; algorithm: Algorithm; key: Buffer }
  | {
      kind: 'agreement';
      originatorKey: BerElement;
      userKeyingMaterial: Buffer | undefined;
      algorithm: Algorithm;
      keys: { recipient: CertificateId; key: Buffer }[];
    }
  | { kind: 'other' };

const attributeTypes = { contentType: '1.2.840.113549.1.9.3', messageDigest: '1.2.840.113549.1.9.4' };

/** @throws Error when it is not CMS, as all functions here do */
export function readContentInfo(bytes: Buffer): { type: string; content: BerElement } {
  const [type, content] = childrenOf(expectTag(readBer(bytes), berTag.sequence));
  const [inner] = childrenOf(expectTag(content, berTag.context(0)));
  return { type: oidOf(type), content: expectTag(inner, berTag.sequence) };
}

export function readSignedData(element: BerElement): SignedData {
  const [, , encapsulated, ...rest] = childrenOf(element);
  const [contentType, content] = childrenOf(expectTag(encapsulated, berTag.sequence));
  const certificates = rest.find(({ tag }) => tag === berTag.context(0));
  const signers = expectTag(rest.at(-1), berTag.set);
  return {
    contentType: oidOf(contentType),
    content: content && octetsOf(expectTag(childrenOf(content)[0], berTag.octetString)),
    certificates: certificates ? childrenOf(certificates).flatMap(({ tag, bytes }) => (tag === berTag.sequence ? [bytes] : [])) : [],
    signers: childrenOf(signers).map(readSigner),
  };
}

function readSigner(element: BerElement): SignerInfo {
  const [, signer, digest, ...rest] = childrenOf(expectTag(element, berTag.sequence));
  const attributes = rest[0]?.tag === berTag.context(0) ? rest.shift() : undefined;
  const [algorithm, signature] = rest;
  return {
    signer: readCertificateId(signer),
    digest: readAlgorithm(digest),
    attributes: attributes && readAttributes(attributes),
    algorithm: readAlgorithm(algorithm),
    signature: octetsOf(expectTag(signature, berTag.octetString)),
  };
}

function readAttributes(element: BerElement): SignerInfo['attributes'] {
  const attributes = childrenOf(element).map((attribute) => {
    const [type, values] = childrenOf(attribute);
    return { type: oidOf(type), values: childrenOf(expectTag(values, berTag.set)) };
  });
  // RFC 5652, sections 11.1 and 11.2: each once, with one value.
  const only = (type: string) => {
    const found = attributes.filter((attribute) => attribute.type === type);
    const value = found[0]?.values[0];
    if (found.length !== 1 || found[0]?.values.length !== 1 || !value) throw new Error('the signed attributes are not as they should be');
    return value;
  };
  return {
    // Signed is the SET (section 5.4), sent is the same as [0].
    der: retagged(element.bytes, 0x31),
    contentType: oidOf(only(attributeTypes.contentType)),
    digest: octetsOf(expectTag(only(attributeTypes.messageDigest), berTag.octetString)),
  };
}

export function readEnvelopedData(element: BerElement, isAuthenticated: boolean): EnvelopedData {
  const parts = childrenOf(element).slice(1);
  if (parts[0]?.tag === berTag.context(0)) parts.shift();
  const [recipients, encrypted, ...rest] = parts;
  const [, algorithm, content] = childrenOf(expectTag(encrypted, berTag.sequence));
  const attributes = rest[0]?.tag === berTag.context(1) ? rest.shift() : undefined;
  return {
    recipients: childrenOf(expectTag(recipients, berTag.set)).map(readRecipient),
    algorithm: readAlgorithm(algorithm),
    content: octetsOf(expectTag(content, berTag.context(0))),
    authentication: isAuthenticated
      ? {
          attributes: attributes ? retagged(attributes.bytes, 0x31) : Buffer.alloc(0),
          tag: octetsOf(expectTag(rest[0], berTag.octetString)),
        }
      : undefined,
  };
}

function readRecipient(element: BerElement): Recipient {
  if (element.tag === berTag.sequence) {
    const [, recipient, algorithm, key] = childrenOf(element);
    return {
      kind: 'transport',
      recipient: readCertificateId(recipient),
      algorithm: readAlgorithm(algorithm),
      key: octetsOf(expectTag(key, berTag.octetString)),
    };
  }
  return element.tag === berTag.context(1) ? readKeyAgreement(element) : { kind: 'other' };
}

/** RFC 5652, section 6.2.2. */
function readKeyAgreement(element: BerElement): Recipient {
  const [, originator, ...rest] = childrenOf(element);
  const material = rest[0]?.tag === berTag.context(1) ? rest.shift() : undefined;
  const [originatorKey] = childrenOf(expectTag(originator, berTag.context(0)));
  // Only a key made for this very mail is sent by anybody.
  if (originatorKey?.tag !== berTag.context(1)) return { kind: 'other' };
  const [algorithm, keys] = rest;
  return {
    kind: 'agreement',
    originatorKey,
    userKeyingMaterial: material && octetsOf(expectTag(childrenOf(material)[0], berTag.octetString)),
    algorithm: readAlgorithm(algorithm),
    keys: childrenOf(expectTag(keys, berTag.sequence)).map((entry) => {
      const [recipient, key] = childrenOf(entry);
      return { recipient: readCertificateId(recipient), key: octetsOf(expectTag(key, berTag.octetString)) };
    }),
  };
}

/** RFC 5652, sections 5.3, 6.2.1 and 6.2.2: the key id is [0], within a key agreement as a SEQUENCE that begins with it. */
function readCertificateId(element: BerElement | undefined): CertificateId {
  if (element?.tag === berTag.context(0)) {
    return { keyId: element.isConstructed ? octetsOf(expectTag(childrenOf(element)[0], berTag.octetString)) : element.content };
  }
  const [issuer, serial] = childrenOf(expectTag(element, berTag.sequence));
  return { issuer: expectTag(issuer, berTag.sequence).bytes, serial: expectTag(serial, berTag.integer).content };
}

export function readAlgorithm(element: BerElement | undefined): Algorithm {
  const [oid, parameters] = childrenOf(expectTag(element, berTag.sequence));
  return { oid: oidOf(oid), parameters };
}

function retagged(bytes: Buffer, tag: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[0] = tag;
  return copy;
}
