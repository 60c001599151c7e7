import {
  constants,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  privateDecrypt,
  type CipherGCMTypes,
  type Decipheriv,
  type KeyObject,
} from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { KeyPair } from '../../ports/secrets.ts';
import { berTag, childrenOf, expectTag, octetsOf, type BerElement } from './ber.ts';
import { isIdOf, readCertificate } from './certificate.ts';
import { readAlgorithm, type Algorithm, type CertificateId, type EnvelopedData, type Recipient } from './cms.ts';

/** Either the content, or why no deployed key pair opens it. */
export type Decryption = { content: Buffer; keyPair: string } | { errors: string[] };

const contentCiphers: Record<string, string> = {
  '1.2.840.113549.3.7': 'des-ede3-cbc',
  '2.16.840.1.101.3.4.1.2': 'aes-128-cbc',
  '2.16.840.1.101.3.4.1.22': 'aes-192-cbc',
  '2.16.840.1.101.3.4.1.42': 'aes-256-cbc',
};
const authenticatedCiphers: Record<string, CipherGCMTypes> = {
  '2.16.840.1.101.3.4.1.6': 'aes-128-gcm',
  '2.16.840.1.101.3.4.1.26': 'aes-192-gcm',
  '2.16.840.1.101.3.4.1.46': 'aes-256-gcm',
};
const rsaOid = '1.2.840.113549.1.1.1';
const rsaOaepOid = '1.2.840.113549.1.1.7';
const digestNames: Record<string, string> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/**
 * Opens an encrypted content with the deployed key pair it was encrypted for.
 * Key transport with RSA (PKCS #1 v1.5 or OAEP) and key agreement with elliptic curves; AES in CBC and GCM, and Triple DES.
 */
export async function decryptEnvelope(envelope: EnvelopedData, keyPairs: KeyPair[]): Promise<Decryption> {
  const errors: string[] = [];
  for (const keyPair of keyPairs) {
    for (const recipient of envelope.recipients) {
      try {
        const certificate = readCertificate(keyPair.certificate);
        const key = contentKey(recipient, (id) => isIdOf(id, certificate), createPrivateKey(keyPair.privateKey));
        if (key) return { content: await decryptContent(envelope, key), keyPair: keyPair.name };
      } catch (error) {
        errors.push(`key pair '${keyPair.name}': ${reasonOf(error)}`);
      }
    }
  }
  if (errors.length > 0) return { errors };
  return { errors: [`it is encrypted for ${recipientsText(envelope.recipients)}, and no such key pair is deployed`] };
}

/** OpenSSL's words name its own files. */
function reasonOf(error: unknown): string {
  const isOpenSsl = error instanceof Error && 'code' in error;
  return error instanceof Error && !isOpenSsl ? error.message : 'the mail is damaged, or was encrypted in a way that is not supported';
}

function recipientsText(recipients: Recipient[]): string {
  const ids = recipients.flatMap((recipient) => {
    if (recipient.kind === 'transport') return [recipient.recipient];
    return recipient.kind === 'agreement' ? recipient.keys.map((entry) => entry.recipient) : [];
  });
  const texts = ids.slice(0, 10).map((id) => ('serial' in id ? `serial number ${hex(id.serial)}` : `key id ${hex(id.keyId)}`));
  return texts.length === 0 ? 'a password or a shared key' : texts.join(' and ');
}

function hex(bytes: Buffer): string {
  return bytes.toString('hex').toUpperCase();
}

/** The key of the content; undefined when it is not for us. */
function contentKey(recipient: Recipient, isOurs: (id: CertificateId) => boolean, key: KeyObject): Buffer | undefined {
  if (recipient.kind === 'transport') return isOurs(recipient.recipient) ? transportedKey(recipient, key) : undefined;
  if (recipient.kind === 'other') return undefined;
  const entry = recipient.keys.find((candidate) => isOurs(candidate.recipient));
  return entry && agreedKey(recipient, entry.key, key);
}

function transportedKey({ algorithm, key: encrypted }: Extract<Recipient, { kind: 'transport' }>, key: KeyObject): Buffer {
  // A wrong key gives other bytes here, not an error, so that nobody can find the right ones by asking (CVE-2023-46809).
  if (algorithm.oid === rsaOid) return privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, encrypted);
  if (algorithm.oid !== rsaOaepOid) throw new Error(`its key algorithm ${algorithm.oid} is not supported`);
  const oaepHash = oaepHashOf(algorithm);
  return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, encrypted);
}

/** RFC 4055, section 4.1: SHA-1 where nothing is named; the mask has a digest of its own, which OpenSSL takes to be the same. */
function oaepHashOf({ parameters }: Algorithm): string {
  const fields = parameters?.tag === berTag.sequence ? childrenOf(parameters) : [];
  const field = (number: number) => {
    const found = fields.find(({ tag }) => tag === berTag.context(number));
    return found && readAlgorithm(childrenOf(found)[0]);
  };
  const hash = field(0)?.oid ?? '1.3.14.3.2.26';
  const mask = field(1);
  const maskHash = mask ? readAlgorithm(mask.parameters).oid : '1.3.14.3.2.26';
  const name = digestNames[hash];
  if (name === undefined || hash !== maskHash || field(2)) throw new Error('this kind of RSA-OAEP is not supported');
  return name;
}

/** RFC 5753: the digest of the key derivation, by the algorithm. */
const agreementDigests: Record<string, string> = {
  '1.3.133.16.840.63.0.2': 'sha1',
  '1.3.132.1.11.1': 'sha256',
  '1.3.132.1.11.2': 'sha384',
  '1.3.132.1.11.3': 'sha512',
};
const keyWraps: Record<string, { cipher: string; keyBytes: number }> = {
  '2.16.840.1.101.3.4.1.5': { cipher: 'id-aes128-wrap', keyBytes: 16 },
  '2.16.840.1.101.3.4.1.25': { cipher: 'id-aes192-wrap', keyBytes: 24 },
  '2.16.840.1.101.3.4.1.45': { cipher: 'id-aes256-wrap', keyBytes: 32 },
};
/** RFC 3394, section 2.2.3.1. */
const wrapVector = Buffer.alloc(8, 0xa6);

function agreedKey(recipient: Extract<Recipient, { kind: 'agreement' }>, wrapped: Buffer, privateKey: KeyObject): Buffer {
  const digest = agreementDigests[recipient.algorithm.oid];
  const wrapAlgorithm = expectTag(recipient.algorithm.parameters, berTag.sequence);
  const wrap = keyWraps[readAlgorithm(wrapAlgorithm).oid];
  if (digest === undefined || !wrap) throw new Error(`its key algorithm ${recipient.algorithm.oid} is not supported`);
  const publicKey = originatorKey(recipient.originatorKey, privateKey);
  const secret = diffieHellman({ privateKey, publicKey });
  const wrappingKey = deriveKey(
    digest,
    secret,
    wrap.keyBytes,
    sharedInfo(wrapAlgorithm.bytes, recipient.userKeyingMaterial, wrap.keyBytes),
  );
  const decipher = createDecipheriv(wrap.cipher, wrappingKey, wrapVector);
  return Buffer.concat([decipher.update(wrapped), decipher.final()]);
}

/** The key as it is sent may leave out its curve, which is that of our own key (RFC 5753, section 3.1.1). */
function originatorKey(element: BerElement, own: KeyObject): KeyObject {
  const [, point] = childrenOf(element);
  const spki = createPublicKey(own).export({ type: 'spki', format: 'der' });
  const { content } = expectTag(point, berTag.bitString);
  const ownPoint = spki.subarray(spki.length - content.length);
  if (ownPoint[0] !== 0 || content.length > spki.length) throw new Error('its key is of another curve');
  return createPublicKey({ key: Buffer.concat([spki.subarray(0, spki.length - content.length), content]), type: 'spki', format: 'der' });
}

/** ECC-CMS-SharedInfo (RFC 5753, section 7.2). */
function sharedInfo(algorithm: Buffer, material: Buffer | undefined, keyBytes: number): Buffer {
  const bits = Buffer.alloc(4);
  bits.writeUInt32BE(keyBytes * 8);
  const parts = [algorithm, ...(material ? [der(0xa0, der(0x04, material))] : []), der(0xa2, der(0x04, bits))];
  return der(0x30, Buffer.concat(parts));
}

function der(tag: number, content: Buffer): Buffer {
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(content.length);
  return Buffer.concat([Buffer.from([tag, 0x82]), length, content]);
}

/** SEC 1, section 3.6.1. */
function deriveKey(digest: string, secret: Buffer, length: number, info: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let counter = 1; Buffer.concat(blocks).length < length; counter += 1) {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(counter);
    blocks.push(createHash(digest).update(secret).update(number).update(info).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}

function decryptContent(envelope: EnvelopedData, key: Buffer): Promise<Buffer> {
  const { algorithm, content, authentication } = envelope;
  if (!authentication) {
    const cipher = contentCiphers[algorithm.oid];
    if (cipher === undefined || !algorithm.parameters) throw new Error(`its cipher ${algorithm.oid} is not supported`);
    return run(createDecipheriv(cipher, key, octetsOf(algorithm.parameters)), content);
  }
  const cipher = authenticatedCiphers[algorithm.oid];
  if (cipher === undefined || !algorithm.parameters) throw new Error(`its cipher ${algorithm.oid} is not supported`);
  // RFC 5084, section 3.2.
  const nonce = octetsOf(expectTag(childrenOf(algorithm.parameters)[0], berTag.octetString));
  const { tag, attributes } = authentication;
  if (tag.length < 12) throw new Error('what protects it against changes is too short');
  const decipher = createDecipheriv(cipher, key, nonce, { authTagLength: tag.length });
  decipher.setAuthTag(tag);
  if (attributes.length > 0) decipher.setAAD(attributes);
  return run(decipher, content);
}

const decryptedAtOnceBytes = 1024 * 1024;

async function run(decipher: Decipheriv, content: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length; at += decryptedAtOnceBytes) {
    if (at > 0) await nextTurn();
    pieces.push(decipher.update(content.subarray(at, at + decryptedAtOnceBytes)));
  }
  pieces.push(decipher.final());
  return Buffer.concat(pieces);
}
