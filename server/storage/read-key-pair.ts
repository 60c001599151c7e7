import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import type { KeyPairMaterial } from '../ports/security.ts';
import { readPkcs12 } from './pkcs12.ts';
import { NotReadable, pemOf, readCertificates } from './x509.ts';

/** A private key and its certificate, from the files people have. */

export interface ReadableKeyPair {
  /** PEM; that of the private key first. */
  certificates: string;
  /** PKCS #8 in PEM, not encrypted. */
  privateKey: string;
}

const minRsaBits = 1_024;

/** @throws NotReadable */
export async function readKeyPair(material: KeyPairMaterial): Promise<ReadableKeyPair> {
  const { certificate, privateKey, passphrase } =
    material.kind === 'pem' ? material : { ...(await readPkcs12(material.file, material.passphrase)), passphrase: '' };
  const key = readPrivateKey(privateKey, passphrase);
  const certificates = readCertificates(certificate);
  const own = certificates.find((candidate) => candidate.checkPrivateKey(key));
  if (!own) throw new NotReadable('the private key belongs to another certificate');
  return {
    certificates: pemOf(ownFirst(own, certificates)),
    privateKey: String(key.export({ type: 'pkcs8', format: 'pem' })),
  };
}

function ownFirst(own: X509Certificate, all: X509Certificate[]): X509Certificate[] {
  return [own, ...all.filter((certificate) => certificate !== own)];
}

function readPrivateKey(pem: string, passphrase: string): KeyObject {
  if (!pem.includes('PRIVATE KEY-----')) throw new NotReadable('there is no "-----BEGIN PRIVATE KEY-----" in it');
  const isEncrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: *4,ENCRYPTED/m.test(pem);
  if (isEncrypted && passphrase === '') throw new NotReadable('the private key is encrypted, and its passphrase is missing');
  const key = openPrivateKey(pem, passphrase, isEncrypted);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa' && key.asymmetricKeyType !== 'ec') {
    throw new NotReadable(`a key of the kind ${String(key.asymmetricKeyType)} can't decrypt mails, one of RSA or EC can`);
  }
  if (key.asymmetricKeyType === 'rsa' && bits < minRsaBits) throw new NotReadable(`an RSA key of ${bits} bit is too short`);
  return key;
}

function openPrivateKey(pem: string, passphrase: string, isEncrypted: boolean): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(isEncrypted ? { passphrase } : {}) });
  } catch {
    throw new NotReadable(isEncrypted ? 'the passphrase is wrong, or the private key is damaged' : 'the private key is damaged');
  }
}
